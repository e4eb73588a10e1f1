"""The page stands alone, says what the bill says, and runs nothing."""

from html.parser import HTMLParser

from cost.delta import compare
from cost.page import as_html
from cost.report import as_output
from cost.teams import Division, Room
from cost.usage import USAGES
from tests.cost.stacks import Registered, bill_of, eks, pool

DIVISION = Division(quotas={"<b>vision": Room()}, machines={})
THREE, FOUR = (
    bill_of(
        [
            eks(),
            *pool("general", ["m5.xlarge"], (1, nodes, 6)),
            Registered("aws:sagemaker/endpoint:Endpoint", "hidden"),
        ],
        usage=USAGES["small"],
        division=DIVISION,
    )
    for nodes in (3, 4)
)

DELTA = compare(as_output(THREE), as_output(FOUR))


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_needs_nothing_else() -> None:
    page = Tags(as_html("aws", FOUR, DELTA))
    assert not page.open
    assert not page.links
    assert not page.seen & {"script", "link", "img", "iframe"}


def test_it_has_all_charts_and_everything_that_the_sums_leave_out() -> None:
    page = as_html("aws", FOUR, DELTA)
    for heading in (
        "By category",
        "Low, expected, high",
        "By team",
        "+$148.16 by changed resources",
    ):
        assert heading in page
    assert "not priced: hidden: nobody knows what it costs" in page
    assert page.count("<tr>") == 1 + len(FOUR.lines)


def test_where_nothing_stands_there_is_nothing_to_compare() -> None:
    assert "Against what stands" not in as_html("aws", FOUR, None)


def test_names_are_text_and_no_markup() -> None:
    page = as_html("<i>aws", FOUR, None)
    assert "team &lt;b&gt;vision" in page
    assert "<i>aws" not in page
