"use strict";
// Without a connection a form stays where it is, with what was filled in, and says so.
document.addEventListener("submit", (event) => {
  const words = document.getElementById("geen-verbinding");
  words.hidden = navigator.onLine;
  if (navigator.onLine) return;
  event.preventDefault();
  words.scrollIntoView({ block: "center" });
  words.focus();
});
