// Loads the page again when the state on the server is no longer the one shown.
"use strict";

(function follow() {
  const { events, state } = document.body.dataset;
  const again = () => location.reload();
  if (!window.EventSource) {
    setTimeout(again, 5000);
    return;
  }
  const source = new EventSource(events);
  source.onmessage = (e) => {
    if (e.data !== state) {
      source.close();
      again();
    }
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(again, 5000);
  };
})();
