"""What is measured are teams that the settings take, and a figure is of one team."""

from bench.teams import MEMBERS, Spent, row, teams
from tests.plan.test_teams import planned


def test_the_measured_teams_are_valid_and_as_large_as_said() -> None:
    found = planned(*teams(3)).teams
    assert [team.name for team in found] == ["team-0", "team-1", "team-2"]
    assert {len(team.members) for team in found} == {MEMBERS}
    assert all(team.quota for team in found)


def test_a_figure_is_of_one_team() -> None:
    first = Spent(wall=26.0, cpu=3.5).over(Spent(wall=1.0, cpu=1.0), 50)
    assert row(50, first, Spent(0.02, 0.01)) == "| 50 | 500 ms, 50 ms | 20 ms, 10 ms |\n"
