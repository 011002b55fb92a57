// Tells the page around the frame how high it is, and when there is something new to read at its top:
// a number and a sign, and nothing of what was filled in.
(() => {
  const arrived = document.querySelector("[data-arrived]") || document.querySelector("#vragen:target");
  if (arrived) arrived.focus();
  if (parent === window) return;
  const tell = () => parent.postMessage({ leermatchHeight: document.body.scrollHeight }, "*");
  new ResizeObserver(tell).observe(document.body);
  tell();
  if (arrived) parent.postMessage({ leermatchArrived: true }, "*");
})();
