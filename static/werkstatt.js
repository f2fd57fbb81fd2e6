/* Werkstatt in the browser: the pulse, clocks, connection, and what to say when a sending fails.
   It starts when executed and needs nothing else; with htmx it swaps pieces, without it loads pages.
   Every form works without this file. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fill = (text, values) => Object.entries(values).reduce((all, [key, value]) => all.replace(`{${key}}`, value), text);
  const word = (name, values = {}) => fill($("#words")?.dataset[name] ?? "", values);
  document.documentElement.classList.add("js");
  let ahead = 0; // milliseconds the server's clock is ahead of ours

  /* What the page is about: its session, its pulse. It stands on the piece that is swapped; the body is older. */
  const about = (name) => $("#page")?.dataset[name];
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  const now = () => Date.now() + ahead;

  /* What a person has typed or arranged and not sent. */
  const typed = () => $("form[data-dirty]:not([data-over])") !== null || $$("textarea, input[type=text], input[type=password]").some((field) => field.value !== field.defaultValue);

  /* The alert sticks to the top of the window; saying the same again changes nothing, so that nobody hears it twice. */
  function alertUser(text, action = null) {
    const bar = $("#alert");
    if (!bar || (!bar.hidden && bar.firstChild?.textContent === text)) return;
    bar.replaceChildren(made("span", { textContent: text }), ...(action ? [action] : []));
    bar.hidden = false;
  }
  const quiet = () => $("#alert")?.setAttribute("hidden", "");
  const made = (tag, values) => Object.assign(document.createElement(tag), values);

  /* ---- clocks run locally on the server's time */
  function tick() {
    for (const clock of $$("[data-until]")) {
      const left = Math.ceil((Number(clock.dataset.until) - now()) / 1000);
      const text = left > 0 ? `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}` : word("over");
      if (clock.textContent !== text) clock.textContent = text;
    }
    $("#login-ends")?.toggleAttribute("hidden", ends - Date.now() > WARNED);
  }

  /* ---- a login about to end says so, and one press keeps it: what is on the page stays, and so does the focus */
  const WARNED = 600000; // milliseconds before the end
  let ends = Infinity, worked = null;
  const readEnd = () => { ends = Date.now() + Number($("#login-ends")?.dataset.left ?? Infinity); };
  async function stay(form) {
    let answer = null, fresh = null;
    try {
      answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)), signal: AbortSignal.timeout(8000) });
      const page = parsed(await answer.text());
      fresh = $("#login-ends", page);
      if (!answer.ok || !fresh) return alertUser(answer.status === 401 ? word("login") : $("#problem", page)?.textContent ?? word("failed"));
    } catch { return alertUser(word("unsent")); }
    form.replaceWith(document.adoptNode(fresh));
    readEnd();
    tick();
    if (worked?.isConnected) worked.focus({ preventScroll: true });
  }
  document.addEventListener("focusin", (event) => { if (event.target.closest("#login-ends") && event.relatedTarget) worked = event.relatedTarget; });

  /* ---- the pulse */
  let known = null, url = null;
  async function pulse() {
    const before = url;
    url = about("pulse") ?? url;
    if (!url) return;
    if (url !== before) known = null;
    let wait = 4000;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(8000), cache: "no-store", credentials: "omit" });
      const ours = answer.headers.get("Content-Type")?.startsWith("application/json"); // no proxy's page, no hotel's
      if (answer.status === 404 && ours) {
        if (known && !typed()) return location.reload();
        const there = await newAddress();
        if (there) return pulse();
        return there === null && !typed() ? location.reload() : offer(word("refresh"));
      }
      if (!answer.ok || !ours) throw new Error("no pulse of ours");
      const facts = await answer.json();
      ahead = facts.now - Date.now();
      wait = Number(about("pace") ?? facts.ask) * (0.9 + Math.random() * 0.2);
      connected(true);
      heard(facts);
    } catch {
      connected(false);
    }
    setTimeout(pulse, document.hidden ? wait * 3 : wait);
  }
  /* The address changes when somebody's membership ends. Whoever has something unsent stays, with the new address.
     True if there is one, false if not, null if this page itself is not for this person any more. */
  async function newAddress() {
    const answer = await fetch(about("step") ?? location.href, { signal: AbortSignal.timeout(8000), cache: "no-store" });
    const fresh = $("#page", parsed(await answer.text()))?.dataset;
    if (!answer.ok && answer.status < 500) return null;
    if (!answer.ok || !fresh?.pulse || fresh.session !== about("session") || fresh.pulse === url) return false;
    $("#page").dataset.pulse = fresh.pulse;
    return true;
  }
  function heard(facts) {
    const before = known;
    known = facts;
    document.dispatchEvent(new CustomEvent("werkstatt:pulse", { detail: facts }));
    for (const place of $$("[data-turnout]")) if (facts.turnout) place.textContent = place.dataset.turnout.replace("{n}", facts.turnout[0]).replace("{all}", facts.turnout[1]);
    if (!before) return behind() && stepChanged(); // it moved on while the page came
    if (before.step !== facts.step) setTimeout(stepChanged, Math.random() * 800);
    if (before.news !== undefined && before.news !== facts.news) newsCame(facts.news - before.news);
  }
  /* Whether the page shows an earlier step than the pulse has told of; the pulse counts twice, for a passed deadline. */
  const behind = () => known !== null && about("pulse") === url && Number(about("at")) < Math.floor(known.step / 2);
  function stepChanged() {
    const event = new CustomEvent("werkstatt:step", { cancelable: true });
    if (!document.dispatchEvent(event)) return; // the ranking page looks after itself
    const page = $("#page"), pieces = $$("[data-fresh]");
    if (pieces.length && window.htmx) return pieces.forEach(freshen);
    const idle = pieces.length && !$("#page :focus"); // without htmx the whole page comes, while nobody works on it
    if (typed() || !(page?.hasAttribute("data-live") || idle)) return offer(word("refresh"));
    fetchAgain(page);
  }
  /* A list beside a form that somebody fills in: it alone is fetched, once nobody is busy in it. */
  function freshen(piece) {
    if (!piece.isConnected) return;
    const busy = piece.contains(document.activeElement) || $("details[open]", piece);
    if (busy) return clearTimeout(freshen[piece.id]), (freshen[piece.id] = setTimeout(() => freshen(piece), 1500));
    fetchAgain(piece);
  }
  let news = 0;
  function newsCame(more) {
    const list = $("#news");
    if (!list) return;
    news += Math.max(more, 1);
    const text = news === 1 ? word("newsOne") : word("newsMany", { n: news });
    let button = $("#show-news");
    if (!button) {
      button = made("button", { id: "show-news", type: "button", className: "btn small" });
      button.addEventListener("click", () => { news = 0; button.remove(); fetchAgain(list); });
      list.before(button);
    }
    button.textContent = text;
    // Nobody has to press it where nothing is typed; but the page must not jump all the time either.
    clearTimeout(newsCame.timer);
    newsCame.timer = setTimeout(() => { if (button.isConnected && !list.contains(document.activeElement) && !typed()) button.click(); }, 20000);
  }
  function fetchAgain(element) {
    if (window.htmx && element.hasAttribute("hx-get")) window.htmx.trigger(element, "fetch-again");
    else location.reload();
  }
  /* What htmx would ask for every few seconds comes with the whole page where htmx is missing, while nobody works on it. */
  setInterval(() => { if (!window.htmx && !document.hidden && $("[data-asks]") && !typed() && !$("#page :focus")) location.reload(); }, 8000);
  const offer = (text, href = about("step") ?? location.href) => tell(made("a", { href, textContent: text, className: "btn small" }));
  function tell(what) {
    const bar = $("#notice");
    if (!bar) return;
    bar.replaceChildren(what);
    bar.hidden = false;
  }
  function connected(yes) {
    const pill = $("#connection");
    if (!pill) return;
    const back = yes && pill.classList.contains("lost");
    pill.classList.toggle("lost", !yes);
    const text = word(yes ? "connected" : "lost");
    if ($("[data-say]", pill).textContent !== text) $("[data-say]", pill).textContent = text;
    if (back) document.dispatchEvent(new CustomEvent("werkstatt:connected"));
  }

  /* ---- sendings: nothing vanishes, nothing fails silently */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, elt } = event.detail;
    const wanted = elt.getAttribute("hx-select");
    const page = parsed(xhr.responseText);
    if (xhr.status === 401) return stop(event, word("login"));
    if (xhr.status >= 400 && xhr.status !== 422) return stop(event, $("#problem", page)?.textContent || word("failed"));
    if (wanted && !page.querySelector(wanted)) return stop(event, $("#problem", page)?.textContent || word("failed"));
    if (event.detail.requestConfig.verb !== "get") quiet();
  });
  function stop(event, text) {
    event.detail.shouldSwap = false;
    if (event.detail.requestConfig.verb !== "get") alertUser(text);
    else if (event.detail.xhr.status !== 401) askAgain(event.detail.elt);
  }
  /* A page that follows the session and got something else (a proxy's page, or nothing) asks again by itself. */
  let missed = 0;
  function askAgain(page) {
    if (page.id !== "page") return;
    clearTimeout(askAgain.timer);
    askAgain.timer = setTimeout(() => { if (page.isConnected && !typed()) fetchAgain(page); }, Math.min(30000, 1000 * 2 ** missed++) * (0.5 + Math.random()));
  }
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:sendAbort"])
    document.addEventListener(failure, (event) => {
      connected(false);
      if (event.detail.requestConfig.verb === "get") return askAgain(event.detail.elt);
      alertUser(event.target.dataset.unsent || word("unsent"));
    });
  document.addEventListener("htmx:afterSettle", (event) => {
    tick();
    if (event.detail.elt.id === "page") missed = 0;
    if (event.detail.elt.id === "page" && known) { known.news = undefined; news = 0; } // a fresh page has read them all
    if (event.detail.elt.id === "page" && document.activeElement === document.body) $("#page h1")?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("werkstatt:page"));
    if (event.detail.elt.id === "page" && behind()) setTimeout(() => behind() && stepChanged(), Math.random() * 800); // the next step came meanwhile
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "login-ends") { event.preventDefault(); return stay(event.target); }
    const ask = event.target.dataset.confirm;
    if (ask && !confirm(ask)) return event.preventDefault();
    if (event.target.dataset.once) return event.preventDefault(); // sent already: a second click would find it used
    if (event.target.dataset.once === "") {
      event.target.dataset.once = "sent";
      setTimeout(() => { event.target.dataset.once = ""; }, 10000);
    }
    const leaves = event.target.dataset.clears;
    if (leaves === undefined) return;
    if ((typed() || kept().some((key) => key.includes(":draft:"))) && !confirm(leaves)) return event.preventDefault();
    forget();
    others?.postMessage(document.body.dataset.account);
    window.addEventListener("pagehide", () => document.body.replaceChildren()); // the way back shows nothing either
  });

  /* ---- what this browser keeps of a person: in this tab alone, under an opaque account; gone with the next one */
  const OURS = "werkstatt:", account = document.body.dataset.account;
  function kept() { try { return Object.keys(sessionStorage).filter((key) => key.startsWith(OURS)); } catch { return []; } }
  function forget(spared = null) {
    for (const key of kept()) if (!spared || !key.startsWith(spared)) sessionStorage.removeItem(key);
    if (!spared) for (const form of $$("form[data-dirty]")) delete form.dataset.dirty; // nothing is left to ask about
  }
  const others = "BroadcastChannel" in window ? new BroadcastChannel("werkstatt") : null;
  const FREE = "free", SLOWEST = 3000; // milliseconds; an answer may be lost on the way
  /* Another window of this browser gives the device away: this one shows nothing from then on, and goes on once the
     login has ended, which the next page there says. Before that the start would show this person's page again. */
  others?.addEventListener("message", ({ data }) => {
    if (!account || ![account, FREE].includes(data)) return;
    forget();
    document.body.replaceChildren();
    setTimeout(() => location.replace("/"), data === FREE ? 0 : SLOWEST);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // never from the browser's memory

  function start() {
    if (account) forget(`${OURS}${account}:`);
    if ($("[data-free]")) others?.postMessage(FREE);
    readEnd();
    tick();
    setInterval(tick, 250);
    pulse();
    document.dispatchEvent(new CustomEvent("werkstatt:page"));
  }
  window.werkstatt = { $, $$, word, fill, made, now, alertUser, quiet, tell, offer, connected, tick, fetchAgain, about, parsed };
  start(); // at the end of the body: the page is there, whatever other scripts do
})();
