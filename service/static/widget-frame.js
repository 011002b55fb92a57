// Tells the page around the frame how high it is, and when there is something new to read at its top:
// a number and a sign, and nothing of what was filled in.
(() => {
  const arrived = document.querySelector("[data-arrived]");
  const begin = () => arrived.focus();
  if (arrived) begin();
  if (parent === window) return;
  const tell = () => parent.postMessage({ leermatchHeight: document.body.scrollHeight }, "*");
  new ResizeObserver(tell).observe(document.body);
  tell();
  if (!arrived) return;
  parent.postMessage({ leermatchArrived: true }, "*");
  // A frame that is given the focus now begins at its own beginning.
  addEventListener("focus", begin, { once: true });
  setTimeout(() => removeEventListener("focus", begin), 500);
})();
