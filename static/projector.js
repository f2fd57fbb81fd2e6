/* The projector follows what nobody there can click: new proposals change its count by themselves. */
"use strict";
(() => {
  const PAUSE = 4000;
  let seen = null, last = 0, waiting = null;
  document.addEventListener("werkstatt:pulse", ({ detail }) => {
    const news = detail.news;
    if (seen !== null && news !== seen && document.querySelector("[data-scene=collect]")) later();
    seen = news;
  });
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      last = Date.now();
      const page = document.querySelector("#page");
      if (page) window.werkstatt.fetchAgain(page);
    }, Math.max(0, last + PAUSE - Date.now()));
  }
})();
