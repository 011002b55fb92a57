// Comfort only: what the form asks without this file, it asks with it too.
"use strict";
(() => {
  // Typing finds a sector by its name, its examples or other words for it.
  const sector = document.getElementById("sector");
  const typed = document.getElementById("sector-zoek");
  const found = document.getElementById("sector-gevonden");
  const form = sector.form;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const options = [...sector.options].filter((option) => option.value);
  const choose = (option) => {
    [sector.value, typed.value] = [option.value, ""];
    found.replaceChildren();
    sector.dispatchEvent(new Event("change", { bubbles: true }));
    sector.focus();
  };
  const button = (option) => Object.assign(document.createElement("button"), {
    type: "button", className: "suggestion", textContent: option.text, onclick: () => choose(option),
  });
  const matches = () => {
    const start = plain(typed.value.trim());
    const holds = (text) => plain(text).split(/[^\p{L}\p{N}-]+/u).some((word) => word.startsWith(start));
    const named = options.filter((option) => holds(option.text));
    const other = options.filter((option) => !named.includes(option) && holds(option.dataset.words));
    return start.length < 2 ? [] : [...named, ...other];
  };
  typed.addEventListener("input", () => {
    const few = matches().slice(0, 4), none = typed.value.trim().length > 1 && !few.length;
    found.replaceChildren(...few.map(button), none ? found.dataset.none : "");
  });
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    matches().slice(0, 1).forEach(choose);
  });

  // The server says what three answers about missing people come to: the rule stands there once.
  const said = document.getElementById("druk");
  let asked = 0;
  const derive = async () => {
    const turn = ++asked;
    const answer = await fetch(said.dataset.from, { method: "POST", body: new FormData(form) }).catch(() => ({}));
    if (answer.ok && turn === asked) said.textContent = await answer.text();
  };
  addEventListener("restored", derive);
  form.addEventListener("change", ({ target }) => {
    if (["spare", "horizon", "vacancies", "employees", "staffing_pressure"].includes(target.name)) derive();
  });
})();
