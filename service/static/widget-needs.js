// Comfort only: the order of tapping becomes the order of importance.
"use strict";
(() => {
  const boxes = [...document.querySelectorAll("[name=needs]")], said = document.getElementById("needs-order");
  if (!said) return;
  const status = document.getElementById("needs-status");
  const firsts = [...document.querySelectorAll("[name^=need_]")];
  const placeOf = (box) => box.closest("label").querySelector(".place");
  const wordsOf = (box) => box.closest("label").querySelector(".need-words").textContent;
  let order = [];
  const show = () => {
    boxes.forEach((box) => (placeOf(box).textContent = order.indexOf(box) + 1 || ""));
    firsts.forEach((select, i) => (select.value = order[i] ? order[i].value : ""));
    said.value = order.map((box) => box.value).join("|");
  };
  // The order of a draft, and what was ticked without one as the server numbered it.
  const begin = () => {
    const named = said.value.split("|").map((need) => boxes.find((box) => box.value === need));
    const rest = boxes.filter((box) => !named.includes(box)).sort((a, b) => placeOf(a).textContent - placeOf(b).textContent);
    order = [...named, ...rest].filter((box) => box && box.checked);
    show();
  };
  addEventListener("change", ({ target }) => {
    if (!boxes.includes(target)) return;
    order = order.filter((each) => each !== target).concat(target.checked ? target : []);
    show();
    status.textContent = `${status.dataset.words}: ${order.map(wordsOf).join(", ")}`;
  }, true);
  addEventListener("restored", begin);
  addEventListener("pageshow", begin);
  begin();
})();
