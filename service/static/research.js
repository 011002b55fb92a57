// Comfort only: a training that runs shows how far it is without a tap. Without this there is a link that refreshes.
"use strict";

(() => {
  const every = 1500;
  const show = async () => {
    const job = document.getElementById("job");
    const focused = job.contains(document.activeElement);
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const now = page.getElementById("job");
        // One that ended is shown whole, with what can be done next.
        if (now.dataset.state !== "running") return location.reload();
        const moved = job.querySelector("progress").value !== now.querySelector("progress").value;
        if (moved && !focused) job.innerHTML = now.innerHTML;
      }
    } catch {
      // The connection is away for a moment: the training goes on, and so do we.
    }
    setTimeout(show, every);
  };
  setTimeout(show, every);
})();
