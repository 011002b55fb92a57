// Comfort only: the order of tapping becomes the order of importance. Without this the form asks for it.
"use strict";

(() => {
  const list = document.getElementById("needs");
  if (!list) return;
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

  document.querySelector(".first-needs").hidden = true;
  document.querySelectorAll(".with-script").forEach((each) => (each.hidden = false));
  // A page that comes back from the browser's memory may hold other ticks than it was sent with.
  addEventListener("pageshow", () => {
    order = order.filter((box) => box.checked);
    boxes.filter((box) => box.checked && !order.includes(box)).forEach((box) => order.push(box));
    show();
  });
  show();
})();
