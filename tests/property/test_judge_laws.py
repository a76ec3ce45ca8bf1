"""Laws of the judge: they hold for any minutes, not only for likely ones."""

from collections.abc import Sequence
from functools import partial, reduce

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from guardian import judge
from guardian.judge import JudgeState
from guardian.model import Colour, Evidence, Finding, Minute, Shared, Verdict
from guardian.policy import Policy, parse_policy

LAW = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
POLICY = parse_policy({"database": {"instance": "shop-db", "max_connections": 400}}, "test")
LATENCIES = ("latency_avg", "latency_p50", "latency_p90", "latency_p99")


def colour(requests: int, errors: int, slowness: float) -> Colour:
    """Build one colour whose latencies are all multiples of one slowness."""
    return Colour(
        requests=requests,
        errors_5xx=min(errors, requests),
        errors_4xx=0,
        connection_errors=0,
        latency_avg=0.10 * slowness,
        latency_p50=0.08 * slowness,
        latency_p90=0.20 * slowness,
        latency_p99=0.40 * slowness,
        healthy_hosts=2,
        unhealthy_hosts=0,
        cpu=5 + 40 * requests / 6000,
    )


WOBBLE = [1.0 + 0.02 * ((7 * index) % 5 - 2) for index in range(60)]
HISTORY = [
    Minute(
        minute=index - 60, seen_at=index - 58, weight=0.0, blue=colour(round(3000 * factor), 0, factor),
        shared=Shared(db_connections=80),
    )
    for index, factor in enumerate(WOBBLE)
]  # fmt: skip

COLOURS = st.builds(
    colour,
    st.integers(0, 4000),
    st.integers(0, 60),
    st.sampled_from([0.5, 0.98, 1.0, 1.05, 1.15, 1.3, 2.0, 8.0]),
)
WEIGHTS = st.sampled_from([0.1, 0.2, 0.5, 0.9, 1.0])


@st.composite
def minutes(draw: st.DrawFn, most: int = 20) -> list[Minute]:
    """Draw minutes of a shift: any counts, latencies, weights and gaps."""
    return [
        Minute(
            minute=index, seen_at=index + 2, weight=draw(WEIGHTS),
            blue=draw(st.none() | COLOURS), green=draw(st.none() | COLOURS),
            shared=Shared(db_connections=draw(st.none() | st.integers(0, 400))),
        )
        for index in range(draw(st.integers(1, most)))
    ]  # fmt: skip


def verdict_of(
    rows: Sequence[Minute], history: Sequence[Minute] = HISTORY, policy: Policy = POLICY
) -> Verdict:
    """Fold all rows and read the state once."""
    return judge.read(reduce(partial(judge.step, policy=POLICY), rows, judge.begin(history)), policy)


def evidence_of(verdict: Verdict, signal: str) -> Evidence:
    """Return what one signal said."""
    return next(item for item in verdict.evidence if item.signal == signal)


@LAW
@given(minutes())
def test_replaying_gives_the_same_verdicts_to_the_byte(rows: list[Minute]) -> None:
    """Folding the same minutes a second time gives the same JSON."""
    assert verdict_of(rows).model_dump_json() == verdict_of(rows).model_dump_json()


@LAW
@given(minutes())
def test_minutes_from_a_tape_are_judged_like_the_live_ones(rows: list[Minute]) -> None:
    """Writing minutes down and reading them back changes no verdict."""
    taped = [Minute.model_validate_json(row.model_dump_json()) for row in rows]
    assert verdict_of(taped).model_dump_json() == verdict_of(rows).model_dump_json()


@LAW
@given(minutes(), st.data())
def test_redelivered_minutes_change_nothing(rows: list[Minute], data: st.DataObject) -> None:
    """Minutes that come again, as often as they like and however late, leave the verdict as it is."""
    state = judge.begin(HISTORY)
    for index, row in enumerate(rows):
        state = judge.step(state, row, POLICY)
        for again in data.draw(st.lists(st.integers(0, index), max_size=3)):
            state = judge.step(state, rows[again], POLICY)
    assert judge.read(state, POLICY).model_dump_json() == verdict_of(rows).model_dump_json()


@LAW
@given(minutes(), st.integers(0, 20))
def test_a_stored_state_is_as_good_as_the_one_in_memory(rows: list[Minute], cut: int) -> None:
    """The state round-trips through JSON between any two minutes without changing the verdict."""
    state = reduce(partial(judge.step, policy=POLICY), rows[:cut], judge.begin(HISTORY))
    stored = JudgeState.model_validate_json(state.model_dump_json())
    assert stored.model_dump_json() == state.model_dump_json()
    resumed = judge.read(reduce(partial(judge.step, policy=POLICY), rows[cut:], stored), POLICY)
    assert resumed.model_dump_json() == verdict_of(rows).model_dump_json()


@LAW
@given(minutes())
def test_reading_changes_nothing(rows: list[Minute]) -> None:
    """The verdict may be read after every minute, or only at the end; looking often has no effect."""
    state = judge.begin(HISTORY)
    for row in rows:
        state = judge.step(state, row, POLICY)
        last = judge.read(state, POLICY)
    assert last.model_dump_json() == verdict_of(rows).model_dump_json()


@LAW
@given(minutes())
def test_the_latest_minute_without_data_is_never_healthy_and_never_convicts(rows: list[Minute]) -> None:
    """Whatever came before, a newest minute without a datapoint of either colour is no data."""
    silent = rows[-1].model_copy(update={"blue": None, "green": None})
    assert verdict_of([*rows[:-1], silent]).finding is Finding.NO_DATA


@LAW
@given(minutes())
def test_a_green_without_any_data_is_never_healthy(rows: list[Minute]) -> None:
    """Blue alone, whatever it does, says nothing good about green."""
    blind = [row.model_copy(update={"green": None}) for row in rows]
    assert verdict_of(blind).finding is not Finding.HEALTHY


@LAW
@given(minutes())
def test_minutes_before_the_shift_are_never_judged(rows: list[Minute]) -> None:
    """While green has no weight there is no verdict about it."""
    before = [row.model_copy(update={"weight": 0.0}) for row in rows]
    assert verdict_of(before).finding is Finding.NO_DATA


@LAW
@given(minutes())
def test_a_verdict_always_has_its_reason(rows: list[Minute]) -> None:
    """Every verdict and every piece of evidence has a sentence, and a conviction names its signal."""
    verdict = verdict_of(rows)
    assert verdict.sentence
    assert all(item.sentence for item in verdict.evidence)
    if verdict.finding is Finding.DIVERGED:
        assert verdict.signal is not None
        assert evidence_of(verdict, verdict.signal).finding is Finding.DIVERGED
    if verdict.finding is Finding.HEALTHY:
        assert not {item.finding for item in verdict.evidence} & {Finding.DIVERGED, Finding.INVESTIGATE}


ERRORS = st.lists(st.integers(0, 120), min_size=10, max_size=10)


def failing(green: Sequence[int], blue: Sequence[int]) -> Verdict:
    """Judge ten minutes of healthy latency with the given errors."""
    return verdict_of([
        Minute(
            minute=index, seen_at=index + 2, weight=0.5,
            blue=colour(1500, bad_blue, 1.0), green=colour(1500, bad_green, 1.0),
        )
        for index, (bad_green, bad_blue) in enumerate(zip(green, blue, strict=True))
    ])  # fmt: skip


@LAW
@given(ERRORS, st.lists(st.integers(0, 10), min_size=10, max_size=10), ERRORS)
def test_more_errors_on_green_never_acquit_it(green: list[int], blue: list[int], more: list[int]) -> None:
    """A green that has diverged by its errors is not called healthy for having had even more of them."""
    assume(failing(green, blue).finding is Finding.DIVERGED)
    worse = failing([a + b for a, b in zip(green, more, strict=True)], blue)
    assert worse.finding is Finding.DIVERGED
    assert evidence_of(worse, "errors_5xx").finding is not Finding.HEALTHY


@LAW
@given(ERRORS, ERRORS)
def test_errors_of_blue_alone_never_convict_green(blue: list[int], more: list[int]) -> None:
    """A green without errors is not convicted for any errors of blue."""
    assert failing([0] * 10, [a + b for a, b in zip(blue, more, strict=True)]).finding is not Finding.DIVERGED


@LAW
@given(st.lists(st.tuples(st.integers(0, 800), st.floats(0.2, 20)), min_size=1, max_size=20))
def test_a_green_that_equals_blue_is_never_convicted(values: list[tuple[int, float]]) -> None:
    """Whatever happens to both colours in the same way in the same minutes is no fault of green."""
    same = [colour(1500, errors, slowness) for errors, slowness in values]
    rows = [
        Minute(minute=index, seen_at=index + 2, weight=0.5, blue=side, green=side)
        for index, side in enumerate(same)
    ]
    assert verdict_of(rows).finding is not Finding.DIVERGED


def rescaled(rows: Sequence[Minute], factor: float) -> list[Minute]:
    """Return the rows with every latency multiplied."""

    def scaled(side: Colour | None) -> Colour | None:
        if side is None:
            return None
        values = {name: value * factor for name in LATENCIES if (value := getattr(side, name)) is not None}
        return side.model_copy(update=values)

    return [row.model_copy(update={"blue": scaled(row.blue), "green": scaled(row.green)}) for row in rows]


@LAW
@given(minutes(), st.sampled_from([0.001, 0.125, 0.5, 4.0, 100.0]))
def test_the_unit_of_latency_does_not_matter(rows: list[Minute], factor: float) -> None:
    """Seconds or milliseconds: both colours and history times one factor keep every signal's finding."""
    plain, scaled = verdict_of(rows), verdict_of(rescaled(rows, factor), rescaled(HISTORY, factor))
    assert scaled.finding is plain.finding
    assert [(item.signal, item.finding) for item in scaled.evidence] == [
        (item.signal, item.finding) for item in plain.evidence
    ]


@LAW
@given(minutes())
def test_when_a_row_was_seen_does_not_matter(rows: list[Minute]) -> None:
    """A row that was read later is judged the same: the judge reads minutes and not clocks."""
    late = [row.model_copy(update={"seen_at": row.seen_at + 7}) for row in rows]
    assert verdict_of(late).model_dump_json() == verdict_of(rows).model_dump_json()
