"""Takes the pictures of the documents: the page of a run of the built-in use case, in Chromium.

Usage: .venv/bin/python -m scripts.screenshots
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Dict

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "runs" / "taxi" / "report.html"
FOLDER = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE = {"width": 1200, "height": 660}
HIGHER = {"width": 1200, "height": 780}
PHONE = {"width": 390, "height": 780}
# By name: what the browser is like, and the section that is looked at.
PICTURES: Dict[str, Dict[str, Any]] = {
    "report-light": {"viewport": WIDE, "color_scheme": "light"},
    "report-dark": {"viewport": WIDE, "color_scheme": "dark"},
    "report-model": {
        "viewport": HIGHER,
        "color_scheme": "light",
        "section": "#model",
    },
    "report-phone": {"viewport": PHONE, "color_scheme": "light", "device_scale_factor": 2},
}


def take(browser: Browser, report: Path, name: str, section: str = "", **options: Any) -> None:
    """Takes one picture, with a palette of 256 colours."""
    page = browser.new_context(reduced_motion="reduce", **options).new_page()
    page.goto(report.as_uri() + section)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256).save(file, optimize=True)
    print(f"wrote {file.relative_to(ROOT)}: {file.stat().st_size >> 10} KiB")


def main() -> None:
    """Runs the use case unless it has been run, and takes the pictures."""
    if not REPORT.exists():
        subprocess.run([ROOT / ".venv" / "bin" / "zeroskew", "run"], cwd=ROOT, check=True)
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise SystemExit("error: pictures are taken in Chromium: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        # The folder of this machine is nobody's business.
        report = Path(folder, "report.html")
        text = REPORT.read_text(encoding="utf-8")
        report.write_text(text.replace(f"{ROOT}/", ""), encoding="utf-8")
        # Root, who runs CI in a container, has no sandbox there.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, options in PICTURES.items():
            take(browser, report, name, **options)
        browser.close()


if __name__ == "__main__":
    main()
