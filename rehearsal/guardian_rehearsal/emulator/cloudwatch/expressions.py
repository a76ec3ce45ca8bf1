"""Metric math, the few functions of it that alarms here use. Pure: one period's values in, its result out.

Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics". Everything known here works point by
point, so an expression is worked out for one period at a time.
"""

import ast
import operator
from collections.abc import Callable, Mapping

Known = Mapping[str, float | None]
"""The values of one period by `Id`; None where the series has no datapoint in it."""

Work = Callable[[Known], float | None]
"""Works a part of an expression out for one period."""

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class UnknownExpressionError(ValueError):
    """An expression that is no metric math, or more of it than is known here."""


class Expression:
    """One expression, such as `IF(open > turns, 1, 0)`.

    Known are numbers, `Id`s, `+ - *`, `> >= < <=`, `IF(condition, then, otherwise)` and `FILL(series, number)`. The
    text is parsed as Python's, whose precedence is that of metric math for these; nothing of it is run as Python.

    Attributes:
        ids: The `Id`s that it refers to.
    """

    def __init__(self, text: str) -> None:
        """Read an expression.

        Raises:
            UnknownExpressionError: It cannot be worked out here.
        """
        self._text = text
        self.ids: set[str] = set()
        try:
            self._work = self._read(ast.parse(text, mode="eval").body)
        except SyntaxError as error:
            raise UnknownExpressionError(f"{text!r} cannot be read as metric math: {error.msg}") from error

    def value(self, known: Known) -> float | None:
        """Return the result for one period; None where a value that it needs is missing."""
        return self._work(known)

    def _read(self, node: ast.expr) -> Work:
        match node:
            case ast.Name(id=name):
                self.ids.add(name)
                return lambda known: known[name]
            case ast.Constant(value) if isinstance(value, int | float) and not isinstance(value, bool):
                number = float(value)
                return lambda _: number
            case ast.BinOp(left, sign, right) if type(sign) in _OPERATIONS:
                return _both(_OPERATIONS[type(sign)], self._read(left), self._read(right))
            case ast.Compare(left, [sign], [right]) if type(sign) in _COMPARISONS:
                return _both(_COMPARISONS[type(sign)], self._read(left), self._read(right))
            case ast.Call(ast.Name("IF"), [condition, then, otherwise], []):
                return _if(self._read(condition), self._read(then), self._read(otherwise))
            case ast.Call(ast.Name("FILL"), [series, ast.Constant() as filler], []):
                return _fill(self._read(series), self._read(filler))
        raise UnknownExpressionError(
            f"the emulated CloudWatch does not know {ast.unparse(node)!r} in {self._text!r}"
        )


def _both(work: Callable[[float, float], float], left: Work, right: Work) -> Work:
    def both(known: Known) -> float | None:
        one, other = left(known), right(known)
        return None if one is None or other is None else float(work(one, other))

    return both


def _if(condition: Work, then: Work, otherwise: Work) -> Work:
    def chosen(known: Known) -> float | None:
        holds = condition(known)
        return None if holds is None else then(known) if holds else otherwise(known)

    return chosen


def _fill(series: Work, number: Work) -> Work:
    def filled(known: Known) -> float | None:
        value = series(known)
        return number(known) if value is None else value

    return filled
