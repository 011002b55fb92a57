// Comfort only: sliders that set the order at once, ticks that are counted, a button that prints.
"use strict";
(() => {
  const print = document.getElementById("druk-af");
  if (print) print.addEventListener("click", () => window.print());

  const form = document.getElementById("grenzen");
  if (!form) return;
  const sliders = [...form.querySelectorAll("input[type=range]")];
  const status = document.getElementById("grenzen-status");
  const wordsOf = (slider) => slider.dataset.steps.split("|")[slider.value];
  let turn = 0;
  // From now on every link and form of this page, and its address, are about the new limits.
  const carry = (address) => {
    const about = address.searchParams.get("voor");
    document.querySelectorAll("[name=voor]").forEach((field) => (field.value = about));
    document.querySelectorAll("a[href*='voor=']").forEach((link) => (link.href = link.href.replace(/voor=[\w-]*/, `voor=${about}`)));
    history.replaceState(history.state, "", address);
  };
  const rerank = async () => {
    const mine = ++turn;
    status.textContent = status.dataset.busy;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== turn) return;
      // Signed out, or wiped in another tab: the page that the form leads to says so.
      if ([403, 410].includes(answer.status)) return form.requestSubmit();
      const fresh = page.getElementById("volgorde");
      if (!answer.ok || !fresh) throw new Error();
      // Ticks that were not sent yet stay.
      const ticked = [...document.querySelectorAll("[name=pick]:checked")].map((box) => box.value);
      document.getElementById("volgorde").replaceWith(fresh);
      document.querySelector(".situation-words").replaceWith(page.querySelector(".situation-words"));
      carry(new URL(answer.url));
      fresh.querySelectorAll("[name=pick]").forEach((box) => (box.checked = ticked.includes(box.value)));
      status.textContent = `${status.dataset.done} ${fresh.querySelector("h1").textContent}`;
      count();
    } catch {
      if (mine === turn) (status.classList.remove("sr"), (status.textContent = status.dataset.failed));
    }
  };
  sliders.forEach((slider) => {
    const output = slider.parentElement.querySelector("output");
    slider.addEventListener("input", () => {
      output.textContent = wordsOf(slider);
      slider.setAttribute("aria-valuetext", wordsOf(slider));
    });
    slider.addEventListener("change", rerank);
  });

  const count = () => {
    const boxes = [...document.querySelectorAll("[name=pick]")], many = boxes.filter((box) => box.checked).length;
    // A fourth would not fit on one screen.
    boxes.forEach((box) => (box.disabled = many >= 3 && !box.checked));
    document.querySelector(".picked").textContent = many;
  };
  document.addEventListener("change", (event) => {
    if (event.target.name === "pick") count();
  });
  ["pageshow", "restored"].forEach((when) => addEventListener(when, count));
  count();
})();
