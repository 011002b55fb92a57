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

  // A place or postcode finds the province; the server looks it up and keeps it nowhere.
  const place = document.getElementById("place"), offered = document.getElementById("plaats-keus");
  const where = document.getElementById("plaats"), provinces = [...form.elements.province];
  let ours = "", looked = 0, pause;
  const mean = (name) => Object.assign(document.createElement("button"), {
    type: "button", className: "suggestion", textContent: name, onclick: () => ((place.value = name), place.focus(), look(true)),
  });
  const look = async (done) => {
    const turn = ++looked, sent = new FormData(form);
    if (form.elements.province.value === ours) sent.delete("province"); // it says what the place said
    const answer = await fetch(where.dataset.from, { method: "POST", body: sent }).catch(() => ({}));
    const told = answer.ok && turn === looked && (await answer.json());
    if (!told) return;
    // Nobody is told off while they type.
    [where.textContent, where.className] = [told.wrong && !done ? "" : told.said, told.wrong ? "hint" : "derived"];
    const names = told.wrong ? told.choices : [];
    // The same offers stay: one of them may have the focus, or a finger on it.
    if (`${names}` !== `${[...offered.children].map((each) => each.textContent)}`) offered.replaceChildren(...names.map(mean));
    const found = provinces.find((each) => each.value === told.province);
    if (found && !found.checked) [found.checked, ours] = [true, told.province];
    // What only another place said holds no longer.
    if (!found && told.said && form.elements.province.value === ours) provinces.forEach((each) => (each.checked = false));
  };
  place.addEventListener("input", () => {
    form.querySelectorAll(".offered").forEach((each) => each.remove());
    clearTimeout(pause);
    pause = setTimeout(look, 250);
  });
  const finish = () => (clearTimeout(pause), place.value && look(true));
  place.addEventListener("blur", finish);
  provinces.forEach((each) => each.addEventListener("change", () => ((ours = ""), finish())));

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
