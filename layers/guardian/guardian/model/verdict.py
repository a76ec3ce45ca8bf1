"""What signals say, one by one and together."""

from guardian.model.words import Baseline, Finding, Rounded, Scope, Value


class Evidence(Value):
    """What one signal says about one deployment so far.

    Attributes:
        signal: The signal's name.
        finding: What it says.
        scope: Whether the signal is green's own or shared by both colours.
        baseline: What green was held against.
        blue: Blue's value over the window, in `unit`.
        green: Green's value over the window, in `unit`.
        tolerance: Effect (green over blue) that is still fine.
        limit: Effect beyond which green has diverged.
        effect: The estimated effect, in the same terms as `limit`.
        strength: Logarithm of the staked evidence that green is worse than tolerated; None while there is none.
        minutes: Minutes that entered.
        requests: Green's requests that entered.
        dropped: Minutes left out, and why.
        sentence: All of it in one plain sentence.
    """

    signal: str
    finding: Finding
    scope: Scope = Scope.COLOUR
    baseline: Baseline = Baseline.CONCURRENT
    blue: Rounded | None = None
    green: Rounded | None = None
    unit: str = ""
    tolerance: Rounded | None = None
    limit: Rounded | None = None
    effect: Rounded | None = None
    strength: Rounded | None = None
    minutes: int = 0
    requests: Rounded = 0
    dropped: tuple[str, ...] = ()
    sentence: str


class Verdict(Value):
    """What all signals say together.

    Attributes:
        finding: The verdict.
        signal: The signal that carries it; None when no single one does.
        scope: That signal's scope.
        baseline: What green was held against.
        first_minute: First minute in the window; None without one.
        last_minute: Last minute in the window; None without one.
        evidence: One entry per signal.
        sentence: The verdict in one plain sentence.
    """

    finding: Finding
    signal: str | None = None
    scope: Scope = Scope.COLOUR
    baseline: Baseline = Baseline.CONCURRENT
    first_minute: int | None = None
    last_minute: int | None = None
    evidence: tuple[Evidence, ...] = ()
    sentence: str
