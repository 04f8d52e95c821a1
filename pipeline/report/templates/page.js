"use strict";
// Sorts a table by the column whose button is pressed; again, the other way round.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const header = button.closest("th");
    const body = header.closest("table").tBodies[0];
    const place = [...header.parentNode.children].indexOf(header);
    const numbers = header.classList.contains("n");
    const was = header.getAttribute("aria-sort");
    const up = was ? was === "descending" : !numbers;
    for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => {
      const cell = row.cells[place];
      const text = cell.dataset.sort ?? cell.textContent.trim();
      return numbers ? parseFloat(text) : text;
    };
    const compare = (a, b) => {
      if (!numbers) return a.localeCompare(b);
      // What is not known comes last, either way.
      if (Number.isNaN(a) || Number.isNaN(b)) return (Number.isNaN(a) - Number.isNaN(b)) * (up ? 1 : -1);
      return a - b;
    };
    const rows = [...body.rows].sort((one, other) => (up ? 1 : -1) * compare(key(one), key(other)));
    body.append(...rows);
  });
}
