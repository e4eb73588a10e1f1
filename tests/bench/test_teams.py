"""What is measured are teams that the settings take, and a figure is of one team."""

from bench.teams import MEMBERS, row, teams
from tests.plan.test_teams import planned


def test_the_measured_teams_are_valid_and_as_large_as_said() -> None:
    found = planned(*teams(3)).teams
    assert [team.name for team in found] == ["team-0", "team-1", "team-2"]
    assert {len(team.members) for team in found} == {MEMBERS}
    assert all(team.quota for team in found)


def test_a_figure_is_of_one_team() -> None:
    assert row(50, 2.0, 0.25, 1.0) == "| 50 | 40 ms | 250 ms | 20 ms |\n"
