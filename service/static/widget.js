// Puts Leermatch on a page: <script src="https://.../widget.js" data-language="nl" data-id="..."></script>.
// It makes a frame where it stands, and gives it the height that the page inside asks for.
(() => {
  const script = document.currentScript;
  const { origin } = new URL(script.src);
  const address = new URL("/widget", origin);
  if (script.dataset.language === "en") address.searchParams.set("taal", "en");
  if (script.dataset.id) address.searchParams.set("id", script.dataset.id);
  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = "Leermatch";
  frame.style.width = "100%";
  frame.style.height = "900px";
  frame.style.border = "0";
  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const height = event.data && event.data.leermatchHeight;
    if (Number.isFinite(height)) frame.style.height = `${Math.min(Math.max(height, 200), 6000)}px`;
  });
  script.after(frame);
})();
