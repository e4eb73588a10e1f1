"""Label selectors, as the API server evaluates them."""

from collections.abc import Mapping

from upstream.model import Body

Labels = Mapping[str, str]


def selects(selector: Body | None, labels: Labels) -> bool:
    """Whether a selector matches `labels`; no selector, or an empty one, matches everything."""
    if not selector:
        return True
    wanted = (selector.get("matchLabels") or {}).items()
    expressions = selector.get("matchExpressions") or ()
    return all(labels.get(key) == value for key, value in wanted) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Body, labels: Labels) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case unknown:
            raise ValueError(f"label selector operator {unknown!r} is not known")
