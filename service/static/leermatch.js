// Comfort only: what the form asks without this file, it asks with it too.
"use strict";
(() => {
  const list = document.getElementById("needs");
  if (!list) return;
  const form = list.closest("form");

  // The order of tapping becomes the order of importance.
  const boxes = [...list.querySelectorAll("input")];
  const firsts = ["need_1", "need_2", "need_3"].map((id) => document.getElementById(id));
  const status = document.getElementById("needs-status");
  const placeOf = (box) => box.closest("label").querySelector(".place");
  const wordsOf = (box) => box.closest("label").querySelector(".need-words").textContent;
  // The server numbered what was chosen before.
  let order = boxes
    .filter((box) => box.checked)
    .sort((a, b) => Number(placeOf(a).textContent) - Number(placeOf(b).textContent));
  const show = () => {
    boxes.forEach((box) => {
      const place = order.indexOf(box);
      placeOf(box).textContent = place < 0 ? "" : place + 1;
    });
    firsts.forEach((select, i) => {
      select.value = order[i] ? order[i].value : "";
    });
  };
  list.addEventListener("change", (event) => {
    const box = event.target;
    order = order.filter((each) => each !== box);
    if (box.checked) order.push(box);
    show();
    status.textContent = `${status.dataset.words}: ${order.map(wordsOf).join(", ")}`;
  });
  // A page that comes back from the browser's memory may hold other ticks than it was sent with.
  addEventListener("pageshow", () => {
    order = order.filter((box) => box.checked);
    boxes.filter((box) => box.checked && !order.includes(box)).forEach((box) => order.push(box));
    show();
  });
  show();

  // Typing finds a sector by its name, its examples or other words for it.
  const sector = document.getElementById("sector");
  const typed = document.getElementById("sector-zoek");
  const found = document.getElementById("sector-gevonden");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const options = [...sector.options].filter((option) => option.value);
  const choose = (option) => {
    sector.value = option.value;
    typed.value = "";
    found.replaceChildren();
    sector.focus();
  };
  const button = (option) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "suggestion";
    made.textContent = option.text;
    made.addEventListener("click", () => choose(option));
    return made;
  };
  const matches = () => {
    const start = plain(typed.value.trim());
    const holds = (text) => plain(text).split(/[^\p{L}\p{N}-]+/u).some((word) => word.startsWith(start));
    const named = options.filter((option) => holds(option.text));
    const other = options.filter((option) => !named.includes(option) && holds(option.dataset.words));
    return start.length < 2 ? [] : [...named, ...other];
  };
  typed.addEventListener("input", () => {
    const few = matches().slice(0, 4);
    const none = typed.value.trim().length > 1 && !few.length ? [found.dataset.none] : [];
    found.replaceChildren(...few.map(button), ...none);
  });
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [first] = matches();
    if (first) choose(first);
  });

  // The server says what three answers about missing people come to: the rule stands there once.
  const said = document.getElementById("druk");
  let asked = 0;
  form.addEventListener("change", async (event) => {
    if (!["spare", "horizon", "vacancies", "employees", "staffing_pressure"].includes(event.target.name)) return;
    const turn = ++asked;
    const answer = await fetch(said.dataset.from, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (answer && answer.ok && turn === asked) said.textContent = await answer.text();
  });
})();
