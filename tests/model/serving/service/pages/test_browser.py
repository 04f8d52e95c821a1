"""The pages of the service in a browser."""

from collections.abc import Iterator

import pytest
from browser import Visit, chromium
from playwright.sync_api import Browser, expect

from model.serving.fingerprint import Fingerprint

EVIL = '<i onclick="x">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def predict(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Predict").click()
    expect(visit.page.locator("#answer details")).to_be_attached()


def bars(visit: Visit) -> list[str]:
    return [" ".join(one.split()) for one in visit.page.locator(".bars li").all_inner_texts()]


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 900), ("dark", 390, 844)])
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_asks_only_its_server_and_complains_of_nothing(
    browser, classes, path, width, height, scheme
):
    viewport = {"width": width, "height": height}
    visit = Visit(browser, f"{classes}{path}", viewport=viewport, color_scheme=scheme)
    expected = [f"{classes}{path}"]
    if path == "/":
        predict(visit)
        expected += [f"{classes}/v1/models/small/versions/7:predict", f"{classes}/page/unseen/7"]
    assert (visit.requests, visit.complaints) == (expected, [])
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.page.locator("i[onclick]").count() == 0


def test_the_example_is_filled_in_under_the_names_of_the_columns(browser, yes_or_no):
    page = Visit(browser, yes_or_no).page
    filled = {
        name: page.get_by_label(name, exact=True).input_value()
        for name in ("x", "n", EVIL, "words")
    }
    assert filled == {"x": "2.0", "n": "3", EVIL: "Blue", "words": "a b\nc"}
    fingerprint = Fingerprint("a", "b", "c", "d").whole
    said = f"version 7, fingerprint {fingerprint} · API"
    assert page.locator(".kicker").inner_text() == said


def test_a_yes_or_no_has_two_bars(browser, yes_or_no):
    visit = Visit(browser, yes_or_no)
    predict(visit)
    assert visit.texts("#answer .said") == ["yes"]
    assert bars(visit) == ["yes 88.1 %", "no 11.9 %"]
    assert "No value is missing." in visit.texts("#answer p")


def test_classes_have_their_names_the_likeliest_first(browser, classes):
    visit = Visit(browser, classes)
    visit.page.get_by_label(EVIL, exact=True).fill("<b>bold</b>")
    predict(visit)
    assert visit.texts("#answer .said") == ["<b>bold</b>"]
    assert bars(visit) == ["<b>bold</b> 50.0 %", "low 25.0 %", "high 25.0 %"]


def test_a_number_is_told_as_it_is_and_what_was_missing(browser, number):
    visit = Visit(browser, number)
    page = visit.page
    page.get_by_label("x", exact=True).fill("-1.5e1")
    page.get_by_label(EVIL, exact=True).fill("")
    page.get_by_label("words", exact=True).fill("\n\n")
    # 64 bits: JavaScript's own numbers would make 9007199254740992 of it.
    page.get_by_label("n", exact=True).fill("9007199254740993")
    sent = []
    page.on("request", lambda request: sent.append(request.post_data))
    predict(visit)
    body = '{"signature_name":"serving_columns","instances":[{"x":-15,"n":9007199254740993}]}'
    assert sent == [body, body]
    assert visit.texts("#answer .said") == ["-30"]
    assert f"Counted as missing: {EVIL}, words." in visit.texts("#answer p")


def test_what_the_model_does_not_know_is_told(browser, number):
    visit = Visit(browser, number)
    page = visit.page
    page.get_by_label(EVIL, exact=True).fill("<b>new</b>")
    page.get_by_label("n", exact=True).fill("9007199254740993")
    predict(visit)
    told = f"Unknown to the model: number (9007199254740993), {EVIL} (<b>new</b>), words (c)."
    assert told in visit.texts("#answer p")
    page.get_by_label(EVIL, exact=True).fill("")
    page.get_by_label("n", exact=True).fill("3")
    page.get_by_label("words", exact=True).fill("a b")
    predict(visit)
    expect(page.locator("#answer")).not_to_contain_text("Unknown")


@pytest.mark.parametrize(
    ("column", "typed", "said"),
    [
        ("x", "1,5", "x: 1,5 is not a number: write it as 1234.5"),
        ("x", "0x10", "x: 0x10 is not a number: write it as 1234.5"),
        ("n", "1.5", "n: 1.5 is not a whole number"),
    ],
)
def test_what_fits_no_column_is_not_sent(browser, number, column, typed, said):
    visit = Visit(browser, number)
    field = visit.page.get_by_label(column, exact=True)
    field.fill(typed)
    field.press("Enter")
    expect(visit.page.get_by_role("alert")).to_have_text(said)
    expect(field).to_be_focused()
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("1")
    predict(visit)
    assert field.get_attribute("aria-invalid") is None
    assert visit.page.get_by_role("alert").inner_text() == ""


def test_what_the_service_refuses_is_shown_at_its_field(browser, number):
    visit = Visit(browser, number)
    field = visit.page.get_by_label("n", exact=True)
    field.fill("9223372036854775808")
    visit.page.get_by_role("button").click()
    alert = visit.page.get_by_role("alert")
    expect(alert).to_contain_text("instances[0].n does not fit its column")
    assert field.get_attribute("aria-invalid") == "true"


def test_it_is_used_with_the_keyboard_alone(browser, number):
    visit = Visit(browser, number)
    names = []
    for _ in range(8):
        visit.page.keyboard.press("Tab")
        names.append(
            visit.page.evaluate(
                "document.activeElement.labels?.[0]?.textContent"
                " ?? document.activeElement.textContent"
            )
        )
    assert names[:7] == ["To the content", "API", "x", "n", EVIL, "words", "Predict"]
    visit.page.get_by_role("button").focus()
    visit.page.keyboard.press("Space")
    expect(visit.page.get_by_role("status")).to_contain_text("Version 7")


def test_with_a_token_the_page_shows_nothing_until_it_is_sent(browser, closed):
    visit = Visit(browser, closed)
    page = visit.page
    assert visit.texts("h1") == ["Prediction service"]
    assert EVIL not in page.content()
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text("The token is not the right one.")
    page.get_by_label("Token").fill("open sesame")
    page.get_by_label("Token").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("small")
    predict(visit)
    assert visit.texts("#answer .said") == ["4"]
    docs = Visit(browser, f"{closed}/docs").page
    docs.get_by_label("Token").fill("open sesame")
    docs.get_by_label("Token").press("Enter")
    expect(docs.get_by_role("heading", level=1)).to_have_text("The API of small")
