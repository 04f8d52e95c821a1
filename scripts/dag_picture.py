"""Draws the pipeline into docs/images/dag.svg: its steps, and which waits for which.

Usage: .venv/bin/python -m scripts.dag_picture
"""

from pathlib import Path
from typing import Dict, Iterator, Set, Tuple

FILE = Path(__file__).resolve().parent.parent / "docs" / "images" / "dag.svg"
Place = Tuple[int, int]

# Where each step stands: its column and its row.
PLACES: Dict[str, Place] = {
    "CuratedSchema": (0, 0),
    "ExampleGen": (1, 0),
    "StatisticsGen": (2, 0),
    "ExampleValidator": (3, 0),
    "DataGate": (4, 0),
    "LastPassedData": (3, 1),
    "Transform": (0, 3),
    "Trainer": (1, 3),
    "Parity": (2, 3),
    "ModelGate": (3, 3),
    "Pusher": (4, 3),
    "Report": (5, 3),
    "ServingCheck": (2, 4),
    "LastBlessedModel": (1, 5),
    "Evaluator": (2, 5),
    "TrivialBaselines": (0, 5),
}
MODEL = "one SavedModel"
ROOMS = {"data_ingestion": (0, 2), "model": (3, 6)}
GATES = {"DataGate", "ModelGate"}
WIDTH, HEIGHT, ACROSS, DOWN, LEFT, TOP = 128, 34, 150, 52, 34, 40
HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
)
STYLE = """
text { font: 13px system-ui, "Segoe UI", "Liberation Sans", sans-serif }
text { fill: #1c2430; text-anchor: middle }
.room { fill: #f4f6f9; stroke: #dde3ea }
.name { fill: #5a6675; text-anchor: start; font-weight: 600 }
.step { fill: #ffffff; stroke: #8794a5 }
.gate { fill: #e3edf8; stroke: #1f6fb4; stroke-width: 2 }
.made { fill: #e8f5ec; stroke: #1a7f37 }
.line { fill: none; stroke: #5a6675; stroke-width: 1.4 }
.head { fill: #5a6675 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6ebf1 }
  .room { fill: #1a212b; stroke: #2c3643 }
  .name { fill: #9fabb9 }
  .step { fill: #12171e; stroke: #78879a }
  .gate { fill: #17304a; stroke: #6cb2f2 }
  .made { fill: #14291b; stroke: #6fd08c }
  .line { stroke: #9fabb9 }
  .head { fill: #9fabb9 }
}"""


def upstream_of_steps() -> Dict[str, Set[str]]:
    """Returns by step, in the order of the DAG, for which steps it waits."""
    from pipeline.dag import create_pipeline
    from pipeline.settings import load_settings

    steps = create_pipeline(load_settings()).components
    return {step.id: {other.id for other in step.upstream_nodes} for step in steps}


def direct(upstream: Dict[str, Set[str]]) -> Iterator[Tuple[str, str]]:
    """Yields the pairs of steps of which no third step stands between."""
    all_before: Dict[str, Set[str]] = {}
    for step, before in upstream.items():
        indirect = {other for one in before for other in all_before[one]}
        all_before[step] = before | indirect
        yield from ((one, step) for one in sorted(before - indirect))


def draw(upstream: Dict[str, Set[str]]) -> str:
    """Returns the picture as SVG text."""
    columns = 1 + max(PLACES[step][0] for step in upstream)
    width, height = LEFT + columns * ACROSS, TOP + 6 * DOWN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        f'  width="{width}" height="{height}" aria-label="{" → ".join(upstream)}">',
        f"<style>{STYLE}\n</style>",
        HEAD,
    ]
    for room, (first, last) in ROOMS.items():
        top = TOP + first * DOWN - 32
        size = f'width="{width - 12}" height="{(last - first) * DOWN + 22}"'
        lines.append(f'<rect class="room" x="6" y="{top}" {size} rx="8"/>')
        lines.append(f'<text class="name" x="{LEFT}" y="{top + 20}">{room}</text>')
    lines += [arrow(PLACES[one], PLACES[other]) for one, other in direct(upstream)]
    gate, pushed = PLACES["Pusher"], (PLACES["Pusher"][0], PLACES["Pusher"][1] + 1)
    lines += [arrow(gate, pushed), box(MODEL, pushed, "made")]
    lines += [box(step, PLACES[step], "gate" if step in GATES else "step") for step in upstream]
    return "\n".join([*lines, "</svg>"]) + "\n"


def box(text: str, place: Place, kind: str) -> str:
    """Returns a step's box."""
    x, y = LEFT + place[0] * ACROSS, TOP + place[1] * DOWN
    rect = f'<rect class="{kind}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
    return f'{rect}<text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 5}">{text}</text>'


def arrow(start: Place, end: Place) -> str:
    """Returns the line from one box to another."""
    x, y = LEFT + start[0] * ACROSS + WIDTH, TOP + start[1] * DOWN + HEIGHT // 2
    to_x, to_y = LEFT + end[0] * ACROSS, TOP + end[1] * DOWN + HEIGHT // 2
    if start[0] == end[0]:
        middle = x - WIDTH // 2
        path = f"M{middle} {y + HEIGHT // 2}V{to_y - HEIGHT // 2}"
    elif end[0] < start[0]:
        # From one room to the next: down, back along the gap between them, and in from the left.
        middle, gap = x - WIDTH // 2, TOP + 2 * DOWN + 5
        path = f"M{middle} {y + HEIGHT // 2}V{gap}H20V{to_y}H{to_x}"
    elif end[0] - start[0] > 1:
        # Along its own row, and up into the box from below.
        path = f"M{x} {y}H{to_x + WIDTH // 2}V{to_y + HEIGHT // 2}"
    else:
        path = f"M{x} {y}C{x + 16} {y} {to_x - 18} {to_y} {to_x} {to_y}"
    return f'<path class="line" d="{path}" marker-end="url(#head)"/>'


def main() -> None:
    """Draws the picture."""
    from pipeline.logs import quiet

    with quiet():
        text = draw(upstream_of_steps())
    FILE.write_text(text, encoding="utf-8")
    print(f"wrote {FILE}")


if __name__ == "__main__":
    main()
