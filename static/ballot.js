/* A ballot on its way: drafts in this tab, sending until it is confirmed, the end of a round, the proof.
   ranking.js arranges the cards; the form is the truth for both. The sending is our own, because a ballot
   must not depend on a script from outside; without this file the browser sends the form as it is. */
"use strict";
(() => {
  const { $, $$, word, fill, made, now, alertUser, quiet, tell, offer, connected, tick } = window.werkstatt;
  const PATIENCE = 10000, SHORTEST = 1000, LONGEST = 30000, LAST_CHANCE = 20000; // milliseconds
  const MOST_TRIES = 60, EAGER_TRIES = 4;
  const account = document.body.dataset.account;

  /* ---- drafts and check codes live in this tab only, keyed by an opaque account and the round */
  const keyOf = (what, round) => `werkstatt:${account}:${what}:${round}`;
  const store = {
    put(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: then there is no draft */ } },
    get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    drop(key) { try { sessionStorage.removeItem(key); } catch { /* nothing there */ } },
  };
  const some = (given, letters) => ({ levels: given.levels.map(letters).filter((level) => level.length), silent: letters(given.silent), unsorted: letters(given.unsorted) });

  /* A draft names recommendations, so that it fits the next round's list when its own round was taken back. */
  const draft = {
    keep(form, order) {
      const items = new Map($$("[data-item]", form).map((card) => [card.dataset.letter, card.dataset.item]));
      store.put(keyOf("draft", form.dataset.round), some(order, (letters) => letters.map((letter) => items.get(letter))));
      form.dataset.dirty = "";
      if (job?.form === form) job.changed = true;
    },
    find(form) {
      const own = store.get(keyOf("draft", form.dataset.round)), carried = own ? null : store.get(keyOf("draft", form.dataset.carries));
      const letters = new Map($$("[data-item]", form).map((card) => [card.dataset.item, card.dataset.letter]));
      try {
        const order = some(own ?? carried, (items) => items.filter((item) => letters.has(item)).map((item) => letters.get(item)));
        const placed = [...order.levels.flat(), ...order.silent, ...order.unsorted];
        if (new Set(placed).size !== placed.length) return null;
        order.unsorted.push(...[...letters.values()].filter((letter) => !placed.includes(letter)));
        if (carried) {
          draft.drop(form.dataset.carries); // it lives on under this round
          tell(form.dataset.carried);
        }
        return order;
      } catch { return null; } // there is none, or not one of ours
    },
    /* What the page still shows of a ballot that was destroyed with its round. */
    of(saved) {
      const order = { levels: [], silent: $$("[data-silent] [data-item]", saved).map((one) => one.dataset.item), unsorted: [] };
      for (const one of $$("ol [data-item]", saved)) {
        if (one.classList.contains("tied")) order.levels.at(-1).push(one.dataset.item);
        else order.levels.push([one.dataset.item]);
      }
      if (order.levels.length) store.put(keyOf("draft", saved.dataset.round), order);
    },
    drop(round) { store.drop(keyOf("draft", round)); },
  };

  /* ---- sending: no answer is no refusal; it goes out again, by itself and by button, and twice is once */
  let job = null; // what is on its way: { form, body, step, tries, timer, changed, next, renewed, again, lastly }
  const casts = (step) => step === "cast" || step === "abstain";

  function send(form, button) {
    const step = button?.value ?? "cast";
    if (job?.busy && casts(job.step)) { job.next = button; job.changed = true; return; } // one after the other
    stop();
    const body = new URLSearchParams(new FormData(form));
    body.set("step", step);
    if (casts(step) && form.dataset.code) store.put(keyOf("code", form.dataset.round), form.dataset.code);
    job = { form, body, step, tries: 0 };
    attempt(job);
  }
  function stop() {
    clearTimeout(job?.timer);
    job = null;
  }

  async function attempt(mine) {
    if (mine.busy) return;
    clearTimeout(mine.timer);
    mine.tries += 1;
    mine.busy = true;
    mine.form.setAttribute("aria-busy", "true");
    let answer = null, page = null;
    try {
      answer = await fetch(mine.form.getAttribute("action"), { method: "POST", body: mine.body, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      page = parsed(await answer.text());
    } catch { page = null; }
    mine.busy = false;
    mine.form.removeAttribute("aria-busy");
    if (mine !== job || !mine.form.isConnected) return;
    if (page) return judge(mine, answer, page);
    connected(false);
    later(mine, mine.form.dataset.unsent);
  }
  function judge(mine, answer, page) {
    const { form } = mine;
    // "Gespeichert" is what a page says that read this very ballot back; any other 200 may be a hotel's Wi-Fi.
    if (answer.ok && shown(page)?.dataset.round === form.dataset.round) return mine.changed && $("#saved", page) ? savedMeanwhile(mine, page) : show(page, mine);
    if (answer.status === 401 || asksToLogIn(page)) return logInFirst(form);
    if (answer.status === 400 && !mine.renewed) return renew(mine);
    if (answer.ok || answer.status === 408 || answer.status === 429 || answer.status >= 500) return later(mine, answer.ok ? form.dataset.unsent : form.dataset.overloaded, Number(answer.headers.get("Retry-After")) || 0);
    return refused(mine, answer, page);
  }

  /* No answer, or a server that cannot now: again after a pause that grows and differs from page to page. */
  function later(mine, text, pause = 0) {
    const { form } = mine;
    if (!casts(mine.step)) { stop(); return alertUser(form.dataset.unreached); }
    form.dataset.unsure = "";
    if (mine.lastly && Date.now() > mine.lastly + LAST_CHANCE) { stop(); return look(); }
    alertUser(text, made("button", { type: "button", className: "btn small", textContent: form.dataset.again, onclick: () => job && attempt(job) }));
    if (mine.tries >= MOST_TRIES) return;
    const wait = pause * 1000 + Math.min(LONGEST, SHORTEST * 2 ** (mine.tries - 1)) * (0.5 + Math.random());
    mine.timer = setTimeout(() => attempt(mine), wait);
  }
  document.addEventListener("werkstatt:connected", () => { if (job && job.tries <= EAGER_TRIES && !job.busy) attempt(job); });

  /* A refusal is final for what was sent: the sentence, the order as it is, and the newer revision to replace. */
  async function refused(mine, answer, page) {
    const { form } = mine, rev = Number($("form#ballot", page)?.dataset.rev ?? form.dataset.rev);
    // An earlier sending whose answer was lost had arrived after all: it is ours to replace.
    const ourOwn = "unsure" in form.dataset && rev === Number(form.dataset.rev) + 1 && !mine.again;
    adopt(form, rev);
    if (answer.status === 409 && ourOwn) {
      mine.again = true;
      mine.body.set("rev", rev);
      return attempt(mine);
    }
    stop();
    if (answer.status === 409 && (await look())) return;
    alertUser(fill(form.dataset.notSaved, { why: $("#problem", page)?.textContent ?? word("failed") }));
  }
  function adopt(form, rev) {
    form.dataset.rev = rev;
    $("[name=rev]", form).value = rev;
  }
  function savedMeanwhile(mine, page) {
    const { form, next } = mine;
    adopt(form, $("#saved", page).dataset.rev);
    delete form.dataset.unsure;
    stop();
    if (next?.isConnected) return send(form, next);
    quiet();
    tell(form.dataset.meanwhile);
    const status = $("#ballot-status b");
    if (status) status.textContent = form.dataset.holds;
  }

  function logInFirst(form) {
    stop();
    alertUser(form.dataset.loginLost, made("a", { href: form.dataset.login, className: "btn small", textContent: form.dataset.logIn, onclick: () => { form.dataset.kept = ""; } }));
  }
  /* The same person has logged in again, in another window: the form needs the new login's token. */
  async function renew(mine) {
    const { form } = mine;
    mine.renewed = true;
    try {
      const page = await pageOf(form.dataset.step), fresh = $("form#ballot", page);
      if (page.body.dataset.account !== account || fresh?.dataset.round !== form.dataset.round) return logInFirst(form);
      const token = $("[name=csrf_token]", fresh).value;
      $("[name=csrf_token]", form).value = token;
      mine.body.set("csrf_token", token);
      return attempt(mine);
    } catch { return later(mine, form.dataset.unsent); }
  }

  function show(page, mine) {
    stop();
    const fresh = document.adoptNode($("#page", page)), saved = $("#saved", fresh);
    $("#page").replaceWith(fresh);
    document.title = page.title;
    if (saved) history.replaceState(null, "", saved.dataset.step); // read again later, it says the later time
    if (!saved && "dirty" in mine.form.dataset) $("form#ballot", fresh)?.setAttribute("data-dirty", "");
    window.htmx?.process(fresh);
    scrollTo(0, 0);
    $("h1", fresh).focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("werkstatt:page"));
  }
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "ballot" || event.defaultPrevented) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  window.addEventListener("beforeunload", (event) => {
    const form = $("form#ballot");
    if (form && "dirty" in form.dataset && !("kept" in form.dataset) && !("over" in form.dataset)) event.preventDefault();
  });

  /* ---- pages of the server */
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  const pageOf = async (url) => parsed(await (await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })).text());
  const shown = (root) => $("form#ballot", root) ?? $("#saved", root) ?? $("#closed", root);
  const asksToLogIn = (page) => $("form[action$='/login']", page) !== null;
  const mineHere = () => $("form#ballot") ?? $("#saved");

  /* ---- while somebody votes, only the announcement changes; nothing jumps in the ballot */
  let closing = null, unseen = false;
  /* What the bar says: open, closing in ..., or over; the last comes by our own clock, set by the server's. */
  function announce(deadline) {
    const bar = $("#deadline"), left = deadline ? deadline - now() : 0;
    clearTimeout(closing);
    if (!bar || bar.hidden) return;
    if (deadline) $("[data-until]", bar).dataset.until = deadline;
    bar.classList.toggle("warn", Boolean(deadline));
    $("[data-open]", bar).hidden = Boolean(deadline);
    $("[data-closing]", bar).hidden = left <= 0;
    $("[data-ended]", bar).hidden = !deadline || left > 0;
    tick();
    if (left > 0) closing = setTimeout(() => { announce(deadline); setTimeout(look, 200 + Math.random() * 1200); }, left);
  }
  document.addEventListener("werkstatt:pulse", (event) => {
    announce(event.detail.deadline);
    if (unseen) look();
  });
  document.addEventListener("werkstatt:step", (event) => {
    if (!mineHere()) return;
    event.preventDefault();
    look();
  });

  /* Is the round still there? If not, whoever has nothing unsent goes on; all others are told, and keep their
     order. Returns whether it is over. */
  async function look() {
    const here = mineHere();
    let page = null;
    unseen = false;
    try { if (here) page = await pageOf(here.dataset.step); } catch { unseen = true; } // the next pulse looks again
    if (!page || !here.isConnected || asksToLogIn(page)) return false;
    const there = shown(page), closed = there?.id === "closed", over = here.dataset.over;
    if (there && !closed && there.dataset.round === here.dataset.round) return false;
    if (closed && job && casts(job.step)) { job.lastly ??= Date.now(); return false; } // its answer decides
    stop();
    if (here.id === "saved" && !closed && $("#taken-back", page)) draft.of(here);
    const carriedOn = there?.dataset.carries === here.dataset.round;
    if (!("dirty" in here.dataset) || carriedOn || (over === "closed" && !closed)) go(here);
    else if (over !== "closed" || !closed) end(here, page, closed);
    if (closed && "unsure" in here.dataset) prove($("#proof", page));
    return true;
  }
  function go(here) {
    here.dataset.kept = "";
    location.assign(here.dataset.step);
  }
  function end(here, page, closed) {
    const late = "unsure" in here.dataset ? here.dataset.lateUnsure : Number(here.dataset.rev) ? here.dataset.lateChange : here.dataset.late;
    alertUser(closed ? late : ($("#taken-back, #no-vote", page) ?? $("h1", page)).textContent.trim());
    $("#page h1").textContent = $("h1", page).textContent.trim();
    for (const past of ["#ballot-status", "#deadline"]) $(past)?.setAttribute("hidden", "");
    offer(word("refresh"), here.dataset.step);
    here.dataset.over = closed ? "closed" : "back";
    if (closed) draft.drop(here.dataset.round);
    for (const button of $$("button[name=step]", here)) button.disabled = true;
  }

  /* ---- the proof: after the close this browser finds its own code in everybody's list */
  async function prove(proof = $("#proof")) {
    const code = proof && store.get(keyOf("code", proof.dataset.round));
    if (!code) return;
    try {
      const codes = $$("#codes .code", await pageOf(proof.dataset.codes)).map((one) => one.textContent.trim());
      const counted = codes.includes(code), text = fill(counted ? proof.dataset.there : proof.dataset.missing, { code });
      const here = proof.ownerDocument === document;
      if (!here || !counted) alertUser(text); // an order that was never confirmed, or a ballot that is missing
      if (!here) return;
      proof.textContent = text;
      proof.hidden = false;
    } catch { /* the list itself is one link away */ }
  }

  function begin() {
    const saved = $("#saved"), closed = $("#closed");
    if (saved) store.put(keyOf("code", saved.dataset.round), saved.dataset.code);
    for (const past of [saved, closed]) if (past) draft.drop(past.dataset.round);
    prove();
  }
  document.addEventListener("werkstatt:page", begin);
  begin();
  window.werkstatt.draft = draft;
})();
