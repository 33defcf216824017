"""Bodies that are almost JSON are read as far as they say something, with every digit."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.connecting import connect
from tests.tools.timekeeping import Waits
from workforce_source.client.decoding import decode
from workforce_source.endpoints import EMPLOYEES
from workforce_source.exceptions import UnexpectedResponse
from workforce_source.sandbox import Answer, Sandbox

ALMOST = {
    "23 digits": (b'{"a": 12345678901234567890123}', "12345678901234567890123"),
    "-20 digits": (b'{"a":-12345678901234567890}', "-12345678901234567890"),
    "the largest of 64 bits": (b'{"a":9223372036854775807}', 2**63 - 1),
    "one more": (b'{"a":9223372036854775808}', "9223372036854775808"),
    "a float": (b'{"a":0.5}', 0.5),
    "a version": (b'{"a":1.10}', "1.10"),
    "more digits than a float": (b'{"a":0.12345678901234567890}', "0.12345678901234567890"),
    "larger than a float": (b'{"a":1e999}', "1e999"),
    "NaN": (b'{"a":NaN}', "NaN"),
    "-Infinity": (b'{"a":-Infinity}', "-Infinity"),
    "a byte of Latin-1": (b'{"a":"caf\xe9"}', "caf\ufffd"),
    "half a pair": (b'{"a":"x\\ud800y"}', "x\ufffdy"),
    "a pair": (b'{"a":"\\ud83d\\ude00","b":NaN}', "\U0001f600"),
    "a line break": (b'{"a":"x\ny"}', "x\ny"),
}


@pytest.mark.parametrize(("body", "value"), ALMOST.values(), ids=ALMOST)
def test_a_value_is_kept_as_it_was_sent(body: bytes, value: object) -> None:
    """What no float, 64 bits or character can hold is text; the rest is what it says."""
    found = decode(body)
    assert found["a"] == value
    assert type(found["a"]) is type(value)
    assert orjson.loads(orjson.dumps(found)) == found


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a":', b'{"a":1} {"b":2}', b"[" * 100_000, b"\xff\xfe"]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """However leniently it is read, and however deep it is."""
    with pytest.raises(ValueError, match=r".+"):
        decode(body)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(value=values, other=st.floats(allow_nan=False, allow_infinity=False))
def test_both_ways_of_reading_agree(value: object, other: float) -> None:
    """A body that is JSON says the same, whether it is read quickly or with care."""
    plain = orjson.dumps({"a": value})
    carefully = decode(plain[:-1] + b',"z":1.50}')
    assert carefully == decode(plain) | {"z": "1.50"}
    assert decode(plain) == orjson.loads(plain)
    told = decode(orjson.dumps({"a": other}))["a"]
    assert math.isclose(float(told), other, rel_tol=0, abs_tol=0)


def test_a_body_that_stays_no_json_is_asked_for_five_times(sandbox: Sandbox) -> None:
    """Whole answers of one employee that are cut in the middle: seconds, not a quarter hour."""
    waits = Waits()
    email = next(e.email for e in sandbox.population.in_order() if e.accepted)
    with connect(sandbox, clock=waits.clock()) as client:
        client.page(EMPLOYEES, 1)
        sandbox.on_answer(lambda _, answer: Answer(200, answer.body[:-3]))
        with pytest.raises(UnexpectedResponse, match="`the body` is not JSON"):
            client.data(email)
    assert client.requests["employee_data"] == 5
    assert waits.now < 10


@pytest.mark.parametrize("body", [b'{"a":"somebody"', b'"somebody', b"[" * 99_999 + b"somebody"])
def test_the_error_of_a_body_has_nothing_of_it(body: bytes) -> None:
    """Neither itself nor what it came from: a trace keeps both."""
    with pytest.raises(ValueError, match="not JSON") as caught:
        decode(body)
    error: BaseException | None = caught.value
    while error is not None:
        assert "somebody" not in f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
