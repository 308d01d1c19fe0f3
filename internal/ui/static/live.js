// Keeps a page that waits up to date: when the state on the server is no longer the
// one shown, the new page takes the place of the old one, and is read out.
"use strict";

(() => {
  const shown = document.body.dataset;
  const main = document.querySelector("main");
  const news = document.getElementById("news");
  let source;

  async function look() {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      setTimeout(look, 5000);
    }
  }

  function show(next) {
    const { state } = next.body.dataset;
    if (state === shown.state) return;
    shown.state = state || "";
    document.title = next.title;
    if (state && chosen()) {
      news.textContent = next.title;
      return;
    }
    main.replaceChildren(...next.querySelector("main").childNodes);
    document.querySelector("body > footer")?.replaceWith(...next.querySelectorAll("body > footer"));
    if (state) {
      news.textContent = main.querySelector(".status")?.textContent.trim() || next.title;
      return;
    }
    source?.close();
    const headline = main.querySelector("h1");
    headline.tabIndex = -1;
    headline.focus();
  }

  // Somebody has a file in their hands: do not take it away.
  const chosen = () => [...main.querySelectorAll("input[type=file]")].some((i) => i.files.length);

  function poll() {
    setTimeout(() => look().then(() => shown.state && poll()), 5000);
  }

  if (!window.EventSource) {
    poll();
    return;
  }
  source = new EventSource(shown.events);
  source.onmessage = (e) => {
    if (e.data !== shown.state) look();
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED && shown.state) poll();
  };
})();
