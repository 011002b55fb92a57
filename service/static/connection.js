// Without a connection a form stays where it is, with what was filled in, and says so.
document.addEventListener("submit", (event) => {
  const words = document.getElementById("geen-verbinding");
  words.hidden = navigator.onLine;
  if (!words.hidden) (event.preventDefault(), words.focus());
});
