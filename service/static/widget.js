// Puts Leermatch on a page: <script src="https://.../widget.js" data-language="nl" data-id="..."></script>.
// It makes a frame where it stands, gives it the height that the page inside asks for, and shows its
// top when an answer or a fault came. A bar that stays on top of your page? Give the frame, which has the
// class leermatch, a scroll-margin-top.
(() => {
  const script = document.currentScript;
  const { origin } = new URL(script.src);
  const address = new URL("/widget", origin);
  if (script.dataset.language === "en") address.searchParams.set("taal", "en");
  if (script.dataset.id) address.searchParams.set("id", script.dataset.id);
  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = "Leermatch";
  frame.className = "leermatch";
  frame.style.width = "100%";
  frame.style.height = "900px";
  frame.style.border = "0";
  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const { leermatchHeight: height, leermatchArrived: arrived } = event.data || {};
    if (Number.isFinite(height)) frame.style.height = `${Math.min(Math.max(height, 200), 6000)}px`;
    if (arrived !== true) return;
    if (document.activeElement !== frame) frame.focus({ preventScroll: true });
    frame.scrollIntoView();
  });
  script.after(frame);
})();
