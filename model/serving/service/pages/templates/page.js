"use strict";
(() => {
  const SHOWN = 20;
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const INTEGER = /^[+-]?\d+$/;
  const content = document.getElementById("content");
  let token = "";

  const headers = () => token ? {authorization: `Bearer ${token}`} : {};

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  /* What a value is in JSON. An integer stays as it was written: JavaScript has none of 64 bits. */
  const written = (text, kind) => {
    if (kind === "string") return JSON.stringify(text);
    if (kind === "integer") {
      if (!INTEGER.test(text)) throw new Error(`${text} is not a whole number`);
      return BigInt(text.replace("+", "")).toString();
    }
    const number = NUMBER.test(text) ? Number(text) : NaN;
    if (!Number.isFinite(number)) throw new Error(`${text} is not a number: write it as 1234.5`);
    return JSON.stringify(number);
  };

  const cell = field => {
    const {kind} = field.dataset;
    const text = kind === "string" ? field.value : field.value.trim();
    if (text === "") return null;
    if (!("list" in field.dataset)) return written(text, kind);
    const values = text.split(kind === "string" ? "\n" : /[\s,;]+/).filter(one => one !== "");
    return values.length ? `[${values.map(one => written(one, kind)).join()}]` : null;
  };

  const mark = (field, is_wrong) => {
    if (is_wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  const percent = share => share === null ? "unknown" : `${(100 * share).toFixed(share < .01 || share > .99 ? 2 : 1)} %`;

  const bars = shares => {
    const list = element("ul", undefined, "bars");
    for (const [name, share] of shares.slice(0, SHOWN)) {
      const line = element("li");
      const outer = element("i");
      const inner = element("i");
      inner.style.width = `${100 * (share ?? 0)}%`;
      outer.append(inner);
      outer.setAttribute("aria-hidden", "true");
      line.append(element("b", name), outer, element("span", percent(share)));
      list.append(line);
    }
    if (shares.length > SHOWN) list.append(element("li", `and ${shares.length - SHOWN} more`, "soft"));
    return list;
  };

  /* What the labels of this project give; of another model all outputs are shown as they are. */
  const said = answer => {
    if (Array.isArray(answer.classes) && Array.isArray(answer.probabilities)) {
      const shares = answer.classes.map((name, place) => [String(name), answer.probabilities[place]]);
      shares.sort((one, other) => other[1] - one[1]);
      return [element("p", String(answer.label), "said"), bars(shares)];
    }
    if ("probability" in answer && "logit" in answer) {
      const yes = answer.probability;
      const no = yes === null ? null : 1 - yes;
      return [element("p", answer.label ? "yes" : "no", "said"), bars([["yes", yes], ["no", no]])];
    }
    if ("value" in answer) return [element("p", String(answer.value ?? "not a number"), "said")];
    return [];
  };

  /* The values that no vocabulary has, in words. */
  const unknown = unseen => {
    const told = Object.entries(unseen).map(([feature, values]) => `${feature} (${values.join(", ")})`);
    return told.length ? [element("p", `Unknown to the model: ${told.join(", ")}.`)] : [];
  };

  const show = (form, answer, missing, unseen, milliseconds) => {
    const named = answer !== null && typeof answer === "object" && !Array.isArray(answer);
    const outputs = named ? answer : {value: answer};
    const shown = said(outputs);
    const details = element("details");
    details.open = shown.length === 0;
    details.append(element("summary", "All outputs"), element("pre", JSON.stringify(answer, null, 2)));
    details.lastChild.tabIndex = 0;
    const counted = missing.length ? `Counted as missing: ${missing.join(", ")}.` : "No value is missing.";
    const told = `Version ${form.dataset.version}, ${milliseconds.toFixed(0)} ms.`;
    document.getElementById("answer").replaceChildren(
      ...shown, element("p", counted), ...unknown(unseen), details, element("p", told, "soft"));
  };

  const refuse = text => { document.getElementById("refused").textContent = text; };

  /* What went wrong, for whoever reads it; the field that it names is marked. */
  const failed = (form, status, text) => {
    let message = text;
    try { message = JSON.parse(text).error ?? text; } catch { /* no JSON: shown as it is */ }
    if (status === 404) message += "\nThe version has changed: load this page again.";
    const fields = [...form.querySelectorAll("[data-name]")];
    const wrong = fields.find(one => message.startsWith(`instances[0].${one.dataset.name} `));
    if (wrong) { mark(wrong, true); wrong.focus(); }
    refuse(message);
  };

  const ask = async form => {
    const button = form.querySelector("button");
    if (button.getAttribute("aria-disabled") === "true") return;
    refuse("");
    const cells = [];
    const missing = [];
    for (const field of form.querySelectorAll("[data-name]")) {
      const {name} = field.dataset;
      try {
        const value = cell(field);
        mark(field, false);
        if (value === null) missing.push(name);
        else cells.push(`${JSON.stringify(name)}:${value}`);
      } catch (error) {
        mark(field, true);
        field.focus();
        refuse(`${name}: ${error.message}`);
        return;
      }
    }
    const signature = JSON.stringify(form.dataset.signature);
    const body = `{"signature_name":${signature},"instances":[{${cells.join()}}]}`;
    button.setAttribute("aria-disabled", "true");
    const post = url => fetch(url, {
      method: "POST", body, headers: {...headers(), "content-type": "application/json"}});
    const begin = performance.now();
    try {
      const response = await post(form.dataset.url);
      const text = await response.text();
      const milliseconds = performance.now() - begin;
      if (response.ok) {
        const unseen = await post(`page/unseen/${form.dataset.version}`);
        show(form, JSON.parse(text).predictions[0], missing, unseen.ok ? await unseen.json() : {}, milliseconds);
      } else failed(form, response.status, text);
    } catch (error) {
      refuse(`The service does not answer: ${error.message}`);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };

  const prepare = () => {
    const form = document.getElementById("row");
    if (!form) return;
    form.addEventListener("submit", event => { event.preventDefault(); ask(form); });
  };

  const open = async () => {
    token = document.getElementById("token").value;
    refuse("");
    try {
      const response = await fetch(content.dataset.source, {headers: headers()});
      if (!response.ok) {
        refuse(response.status === 401 ? "The token is not the right one." : await response.text());
        return;
      }
      content.innerHTML = await response.text();
      content.tabIndex = -1;
      content.focus();
      prepare();
    } catch (error) {
      refuse(`The service does not answer: ${error.message}`);
    }
  };

  document.getElementById("open")?.addEventListener("submit", event => { event.preventDefault(); open(); });
  prepare();
})();
