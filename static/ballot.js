/* A ballot on its way: drafts in this tab, sending until it is confirmed, the end of a round, the proof.
   ranking.js arranges the cards; the form is the truth for both. The sending is our own, because a ballot
   must not depend on a script from outside; without this file the browser sends the form as it is. */
"use strict";
(() => {
  const { $, $$, word, fill, made, now, alertUser, quiet, tell, offer, connected, tick, about, parsed } = window.werkstatt;
  const PATIENCE = 10000, SHORTEST = 1000, LONGEST = 30000, LAST_CHANCE = 20000; // milliseconds
  const MOST_TRIES = 60, EAGER_TRIES = 4, MOST_LOST = 5;
  const pause = (times) => Math.min(LONGEST, SHORTEST * 2 ** (times - 1)) * (0.5 + Math.random());
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
    /* What the page still shows of a ballot that was destroyed, with its round or for paper. */
    of(here) {
      const order = { levels: [], silent: $$("[data-silent] [data-item], #silent [data-item]", here).map((one) => one.dataset.item), unsorted: [] };
      for (const one of $$("ol [data-item]", here)) {
        if (one.classList.contains("tied")) order.levels.at(-1).push(one.dataset.item);
        else order.levels.push([one.dataset.item]);
      }
      if (order.levels.length) store.put(keyOf("draft", here.dataset.round), order);
    },
    drop(round) { store.drop(keyOf("draft", round)); },
  };

  /* ---- sending: no answer is no refusal; it goes out again, by itself and by button, and twice is once */
  let job = null; // what is on its way: { form, body, step, tries, timer, changed, next, renewed, followed, lastly }
  const unsure = new Map(); // round -> what was sent in it and never answered, oldest first
  const lostOf = (here) => unsure.get(here.dataset.round) ?? [];
  const casts = (step) => step === "cast" || step === "abstain";
  const spent = (mine) => mine.lastly && !mine.busy && Date.now() >= mine.lastly + LAST_CHANCE;

  function send(form, button) {
    const step = button?.value ?? "arrange"; // nobody casts without a button
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
    const got = await post(mine.form, mine.body, PATIENCE * Math.min(mine.tries, 3)); // a slow line needs longer, not more often
    mine.busy = false;
    mine.form.removeAttribute("aria-busy");
    if (mine !== job || !mine.form.isConnected) return;
    if (got) return judge(mine, got.answer, got.page);
    connected(false);
    later(mine, mine.form.dataset.unsent);
  }
  async function post(form, body, patience = PATIENCE) {
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, cache: "no-store", signal: AbortSignal.timeout(patience) });
      return { answer, page: parsed(await answer.text()) };
    } catch { return null; }
  }
  function judge(mine, answer, page) {
    const { form } = mine, { status } = answer, cannotNow = status === 408 || status === 429 || status >= 500;
    const why = ours(page) && $("form#ballot #problem", page)?.textContent, wait = Number(answer.headers.get("Retry-After")) || 0;
    // A page that is none of ours, a proxy's or a hotel's, says nothing about the ballot, whatever its status.
    if (cannotNow || !ours(page)) return later(mine, why ? fill(form.dataset.heldUp, { why }) : cannotNow ? form.dataset.overloaded : form.dataset.unsent, wait);
    // "Gespeichert" is what a page says that read this very ballot back.
    if (answer.ok && shown(page)?.dataset.round === form.dataset.round) return mine.changed && $("#saved", page) ? savedMeanwhile(mine, page) : show(page, mine);
    if (status === 401 || asksToLogIn(page)) return logInFirst(form);
    if (status === 400 && !mine.renewed) return renew(mine);
    return answer.ok ? later(mine, form.dataset.unsent) : refused(mine, status, page);
  }

  /* No answer, or a server that cannot now: again after a pause that grows and differs from page to page. */
  function later(mine, text, wait = 0) {
    const { form } = mine;
    if (!casts(mine.step)) { stop(); return alertUser(form.dataset.unreached); }
    if (!lostOf(form).includes(mine.body)) unsure.set(form.dataset.round, [...lostOf(form), mine.body].slice(-MOST_LOST));
    if (spent(mine)) { stop(); return look(); }
    bar(form.dataset.unconfirmed);
    alertUser(text, made("button", { type: "button", className: "btn small", textContent: form.dataset.again, onclick: () => job && attempt(job) }));
    if (mine.tries >= MOST_TRIES) return;
    mine.timer = setTimeout(() => attempt(mine), wait * 1000 + pause(mine.tries));
  }
  document.addEventListener("werkstatt:connected", () => { if (job && job.tries <= EAGER_TRIES && !job.busy) attempt(job); });

  /* A refusal is final for what was sent: the sentence, and the order as it is. Where a newer ballot is stored, only
     the person decides that this one replaces it; nothing goes out again by itself with another revision. */
  async function refused(mine, status, page) {
    const { form } = mine, rev = $("form#ballot", page)?.dataset.rev, newer = status === 409 && casts(mine.step) && Number(rev) > 0 && rev !== mine.body.get("rev");
    if (newer && !mine.followed) {
      mine.busy = mine.followed = true;
      const own = await ownBefore(mine);
      mine.busy = false;
      if (mine !== job || !form.isConnected) return;
      if (own === null) { mine.followed = false; return later(mine, form.dataset.unsent); }
      if (own) {
        unsure.delete(form.dataset.round);
        adopt(form, own);
        mine.body.set("rev", own);
        return attempt(mine);
      }
    }
    stop();
    if (status === 409 && (await look())) return;
    if (newer) unsure.delete(form.dataset.round);
    adopt(form, newer ? rev : form.dataset.rev);
    const instead = newer && made("button", { type: "button", className: "btn small", value: mine.step, textContent: form.dataset.instead, onclick: (event) => send(form, event.currentTarget) });
    alertUser(fill(form.dataset.notSaved, { why: $("#problem", page)?.textContent ?? word("failed") }), instead || null);
  }
  /* What is stored may be an earlier sending of this page whose answer was lost. Sent again just as it was, with the
     revision of then, it is "gespeichert" if so, and can replace nothing if not. Returns the revision that is ours to
     replace, 0 if what is stored is not ours, null if nobody answered. */
  async function ownBefore(mine) {
    for (const body of lostOf(mine.form)) {
      if (body === mine.body) continue;
      body.set("csrf_token", mine.body.get("csrf_token"));
      const got = await post(mine.form, body), saved = got && $("#saved", got.page);
      if (!got || !ours(got.page)) return null;
      if (saved?.dataset.round === mine.form.dataset.round) return "own" in saved.dataset ? Number(saved.dataset.rev) : 0;
      if (got.answer.status !== 409) return null;
    }
    return 0;
  }
  function adopt(form, rev) {
    form.dataset.rev = rev;
    $("[name=rev]", form).value = rev;
    bar(lostOf(form).length ? form.dataset.unconfirmed : Number(rev) ? form.dataset.holds : form.dataset.none);
  }
  function bar(text) {
    const line = $("#ballot-status b");
    if (line) line.textContent = text;
  }
  function savedMeanwhile(mine, page) {
    const { form, next } = mine, saved = $("#saved", page);
    unsure.delete(form.dataset.round);
    bar(form.dataset.holds);
    if ("own" in saved.dataset) adopt(form, saved.dataset.rev); // else somebody was quicker, and the next sending asks
    stop();
    if (next?.isConnected) return send(form, next);
    quiet();
    tell(form.dataset.meanwhile);
  }

  function logInFirst(form) {
    stop();
    alertUser(form.dataset.loginLost, made("a", { href: form.dataset.login, className: "btn small", textContent: form.dataset.logIn, onclick: () => { form.dataset.kept = ""; } }));
  }
  /* The same person has logged in again, in another window: the form needs the new login's token. */
  async function renew(mine) {
    const { form } = mine;
    mine.renewed = true;
    const page = await pageOf(form.dataset.step, ours), fresh = page && $("form#ballot", page);
    if (!page) return later(mine, form.dataset.unsent);
    if (!same(page) || fresh?.dataset.round !== form.dataset.round) return logInFirst(form);
    const token = $("[name=csrf_token]", fresh).value;
    $("[name=csrf_token]", form).value = token;
    mine.body.set("csrf_token", token);
    return attempt(mine);
  }

  function show(page, mine) {
    stop();
    const fresh = document.adoptNode($("#page", page)), saved = $("#saved", fresh);
    $("#page").replaceWith(fresh);
    document.title = page.title;
    if (saved) unsure.delete(saved.dataset.round);
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
  const ours = (page) => "werkstatt" in page.body.dataset;
  // Which session a page is of stands on its work: that is swapped, the body is as old as the window.
  const same = (page) => ours(page) && $("#page", page)?.dataset.session === about("session") && page.body.dataset.account === account;
  /* A page of this session as this person sees it, or nothing: whatever else comes (a proxy, a hotel's Wi-Fi) decides nothing. */
  async function pageOf(url, fits = same) {
    try {
      const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }), page = parsed(await answer.text());
      return fits(page) && [200, 409, 410].includes(answer.status) ? page : null;
    } catch { return null; }
  }
  const shown = (root) => $("form#ballot", root) ?? $("#saved", root) ?? $("#closed", root);
  const asksToLogIn = (page) => $("form[action$='/login']", page) !== null;
  const mineHere = () => $("form#ballot") ?? $("#saved");

  /* ---- while somebody votes, only the announcement changes; nothing jumps in the ballot */
  let closing = null, missed = 0, again = null;
  /* What the bar says: open, closing in ..., over, or closed. Over comes by our own clock, set by the server's; closed
     is what the server's page said. A pulse without a deadline after that means the close, not that it is open again. */
  function announce(deadline, shut = false) {
    const bar = $("#deadline"), left = deadline ? deadline - now() : 0;
    clearTimeout(closing);
    if (!bar || bar.hidden) return;
    $("[data-until]", bar).dataset.until = deadline ?? 0;
    bar.classList.toggle("warn", shut || Boolean(deadline));
    $("[data-open]", bar).hidden = shut || Boolean(deadline);
    $("[data-closing]", bar).hidden = shut || left <= 0;
    $("[data-ended]", bar).hidden = shut || !deadline || left > 0;
    $("[data-shut]", bar).hidden = !shut;
    tick();
    if (left > 0) closing = setTimeout(() => { announce(deadline); setTimeout(look, 200 + Math.random() * 1200); }, left);
  }
  const untilOf = (root = document) => Number($("#deadline [data-until]", root)?.dataset.until) || null;
  const isOver = () => $("#deadline [data-shut]:not([hidden])") !== null || (untilOf() !== null && untilOf() <= now());
  document.addEventListener("werkstatt:pulse", ({ detail: { deadline } }) => { if (deadline || !isOver()) announce(deadline); }); // else looking decides
  document.addEventListener("werkstatt:connected", () => { if (missed) look(); });
  document.addEventListener("werkstatt:step", (event) => {
    if (!mineHere()) return;
    event.preventDefault();
    look();
  });

  /* Is the round still there? If not, whoever has nothing unsent goes on; all others are told, and keep their
     order. Without a page of ours nothing changes, and it looks again. Returns whether it is over. */
  async function look() {
    clearTimeout(again);
    const here = mineHere(), had = Number(here?.dataset.rev), page = here && (await pageOf(here.dataset.step));
    if (!here?.isConnected) return false;
    if (!page) { again = setTimeout(look, pause(missed += 1)); return false; }
    missed = 0;
    const there = shown(page), closed = there?.id === "closed", over = here.dataset.over;
    if (there && !closed && there.dataset.round === here.dataset.round) {
      goesOn(here, had, Number(there.dataset.rev));
      if (isOver()) announce(untilOf(page)); // put off in the last second
      return false;
    }
    if (closed && job && casts(job.step) && !spent(job)) { // its answer decides
      job.lastly ??= Date.now();
      announce(null, true);
      again = setTimeout(look, LAST_CHANCE);
      return false;
    }
    stop();
    if (here.id === "saved" && !closed && $("#taken-back", page)) draft.of(here);
    if (had && $("#no-vote[data-gone]", page)) destroyed(here);
    const carriedOn = there?.dataset.carries === here.dataset.round;
    if (!("dirty" in here.dataset) || carriedOn || (over === "closed" && !closed)) go(here);
    else if (over !== "closed" || !closed) end(here, page, closed);
    if (closed && lostOf(here).length) prove($("#proof", page), mayBeOther(here));
    return true;
  }
  /* The round is open: what was switched off comes back; a ballot that is gone or another one since is told. */
  function goesOn(here, had, rev) {
    if ("over" in here.dataset) resume(here);
    if (rev === had || (rev && here.id !== "saved")) return; // a newer one elsewhere: the sending asks
    if (!rev) destroyed(here);
    if (here.id === "saved") return go(here);
    adopt(here, 0);
    here.dataset.dirty = "";
    tell(here.dataset.gone);
  }
  /* Only this page knows that there was a ballot, destroyed for paper: the order stays as a draft, and why is said. */
  function destroyed(here) {
    if (!("dirty" in here.dataset)) draft.of(here);
    store.put(keyOf("gone", here.dataset.round), true);
  }
  function resume(here) {
    if (here.dataset.over === "closed") draft.of(here);
    delete here.dataset.over;
    $("#page h1").textContent = here.dataset.title;
    for (const back of ["#ballot-status", "#deadline"]) $(back)?.removeAttribute("hidden");
    for (const button of $$("button[name=step]", here)) button.disabled = button.id === "cast-now" && !$("#ranked > li", here);
    quiet();
    $("#notice").hidden = true;
  }
  function go(here) {
    here.dataset.kept = "";
    location.assign(here.dataset.step);
  }
  function end(here, page, closed) {
    const saved = Number(here.dataset.rev), late = lostOf(here).length ? (saved ? here.dataset.lateChangeUnsure : here.dataset.lateUnsure) : saved ? here.dataset.lateChange : here.dataset.late;
    alertUser(closed ? late : ($("#taken-back, #no-vote", page) ?? $("h1", page)).textContent.trim());
    here.dataset.title ??= $("#page h1").textContent;
    $("#page h1").textContent = $("h1", page).textContent.trim();
    for (const past of ["#ballot-status", "#deadline"]) $(past)?.setAttribute("hidden", "");
    offer(word("refresh"), here.dataset.step);
    here.dataset.over = closed ? "closed" : "back";
    if (closed) draft.drop(here.dataset.round);
    for (const button of $$("button[name=step]", here)) button.disabled = true;
  }

  /* ---- the proof: after the close this browser finds its own code in everybody's list */
  const order = (body) => [...body].filter(([name]) => /^(place-|none-|rest$)/.test(name)).sort().join(";");
  /* Whether what was counted may be another version than the one on the page: the code is the same for all. */
  const mayBeOther = (here) => Number(here.dataset.rev) > 0 || lostOf(here).some((body) => order(body) !== order(new FormData(here)));
  async function prove(proof = $("#proof"), other = false) {
    const code = proof && store.get(keyOf("code", proof.dataset.round));
    if (!code) return;
    const list = await pageOf(proof.dataset.codes).then((page) => page && $("#codes", page));
    if (!list) return; // the list itself is one link away
    const counted = $$(".code", list).some((one) => one.textContent.trim() === code), said = counted ? (other ? "thereSome" : "there") : "missing", text = fill(proof.dataset[said], { code });
    const here = proof.ownerDocument === document;
    if (!here || !counted) alertUser(text); // an order that was never confirmed, or a ballot that is missing
    if (!here) return;
    proof.textContent = text;
    proof.hidden = false;
  }

  function begin() {
    const saved = $("#saved"), closed = $("#closed"), without = $("form#ballot[data-rev='0'], #no-vote[data-gone]");
    if (without && store.get(keyOf("gone", without.dataset.round))) tell(without.dataset.gone);
    if (saved) store.put(keyOf("code", saved.dataset.round), saved.dataset.code);
    for (const past of [saved, closed]) if (past) { draft.drop(past.dataset.round); store.drop(keyOf("gone", past.dataset.round)); }
    prove();
  }
  document.addEventListener("werkstatt:page", begin);
  begin();
  window.werkstatt.draft = draft;
})();
