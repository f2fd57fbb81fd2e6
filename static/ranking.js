/* The ranking with buttons, keys and drag. The form below it is the truth: every change writes the
   place fields, so that sending works with or without this script. */
"use strict";
(() => {
  const { $, $$, word, alertUser, offer } = window.werkstatt;
  let form = null;
  let levels = []; // letters of each level, best first
  let silent = []; // letters without an opinion
  let unsorted = []; // letters still to be placed, in the person's own order
  const card = (letter) => $(`[data-letter="${CSS.escape(letter)}"]`, form);
  const fill = (text, values) => Object.entries(values).reduce((all, [key, value]) => all.replace(`{${key}}`, value), text);

  /* ---- drafts live in this tab only, keyed by round and an opaque account */
  const draftKey = (round) => `werkstatt:${document.body.dataset.account}:${round}`;
  const store = {
    put(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: then there is no draft */ } },
    get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    drop(key) { try { sessionStorage.removeItem(key); } catch { /* nothing there */ } },
    dropOthers() { try { for (const key of Object.keys(sessionStorage)) if (key.startsWith("werkstatt:") && !key.startsWith(`werkstatt:${document.body.dataset.account}:`)) sessionStorage.removeItem(key); } catch { /* nothing there */ } },
  };

  function read() {
    const at = new Map();
    levels = [];
    for (const item of $$("#ranked > li", form)) {
      const place = $("[name^=place-]", item).value;
      if (at.has(place)) levels[at.get(place)].push(item.dataset.letter);
      else { at.set(place, levels.length); levels.push([item.dataset.letter]); }
    }
    silent = $$("#silent > li", form).map((item) => item.dataset.letter);
    unsorted = $$("#unsorted > li", form).map((item) => item.dataset.letter);
  }
  const without = (letter) => {
    levels = levels.map((level) => level.filter((one) => one !== letter)).filter((level) => level.length);
    silent = silent.filter((one) => one !== letter);
    unsorted = unsorted.filter((one) => one !== letter);
  };
  const levelOf = (letter) => levels.findIndex((level) => level.includes(letter));
  const placeOf = (index) => 1 + levels.slice(0, index).reduce((sum, level) => sum + level.length, 0);

  /* What each button does; returns the sentence to say. */
  const deeds = {
    add(letter) { without(letter); levels.push([letter]); },
    remove(letter) { without(letter); unsorted.push(letter); },
    silent(letter) { without(letter); silent.push(letter); },
    top(letter) { without(letter); levels.unshift([letter]); },
    bottom(letter) { without(letter); levels.push([letter]); },
    up(letter) { move(letter, -1); },
    down(letter) { move(letter, 1); },
    tie(letter) {
      const index = levelOf(letter);
      if (index < 1) return;
      const above = levels[index - 1][0];
      without(letter);
      levels[levelOf(above)].push(letter);
    },
    untie(letter) {
      const index = levelOf(letter);
      if (levels[index].length < 2) return;
      levels[index] = levels[index].filter((one) => one !== letter);
      levels.splice(index + 1, 0, [letter]);
    },
    goto(letter, item) {
      const wanted = Number.parseInt($("[data-goto]", item).value, 10);
      if (!(wanted >= 1)) return;
      without(letter);
      let index = 0;
      while (index < levels.length && placeOf(index) < wanted) index += 1;
      levels.splice(index, 0, [letter]);
    },
  };
  /* A card alone in its level changes places with the level beyond; a tied one leaves its level. */
  function move(letter, by) {
    const index = levelOf(letter);
    if (levels[index].length > 1) {
      levels[index] = levels[index].filter((one) => one !== letter);
      levels.splice(by < 0 ? index : index + 1, 0, [letter]);
    } else if (levels[index + by]) {
      [levels[index], levels[index + by]] = [levels[index + by], levels[index]];
    }
  }

  function draw() {
    const lists = { ranked: levels.flat(), silent, unsorted };
    for (const [name, letters] of Object.entries(lists)) {
      const list = $(`#${name}`, form);
      for (const [index, letter] of letters.entries()) {
        const item = card(letter);
        if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
        dress(item, letter, name);
      }
    }
    $("#unsorted-empty", form).hidden = unsorted.length > 0;
    $("#ranked-empty", form).hidden = levels.length > 0;
    $("#silent-part", form).hidden = silent.length === 0;
    const placed = lists.ranked.length, all = placed + silent.length + unsorted.length;
    $("#ballot-count").textContent = fill(form.dataset.count, { n: placed, all });
    $("#cast-now").disabled = placed === 0;
  }
  function dress(item, letter, list) {
    if (item.dataset.list !== list) {
      $(".controls", item)?.remove();
      item.append($(`#controls-${list}`).content.cloneNode(true));
      for (const button of $$("[data-label]", item)) button.setAttribute("aria-label", fill(button.dataset.label, { letter }));
      item.dataset.list = list;
    }
    const index = list === "ranked" ? levelOf(letter) : -1;
    const level = levels[index] ?? [];
    const tied = level.length > 1 && level[0] !== letter;
    $(`[name="place-${letter}"]`, item).value = index < 0 ? "" : placeOf(index);
    $(`[name="none-${letter}"]`, item).checked = list === "silent";
    $("[data-place]", item).textContent = index < 0 ? "" : placeOf(index);
    $("[data-tie]", item).textContent = tied ? ` · ${fill(form.dataset.tied, { letters: level.filter((one) => one !== letter).join(", ") })}` : "";
    item.classList.toggle("tied", tied);
    const set = (name, off) => { const button = $(`[data-do=${name}]`, item); if (button) button.disabled = off; };
    if (list === "ranked") {
      set("up", index === 0 && level.length === 1);
      set("down", index === levels.length - 1 && level.length === 1);
      set("tie", index === 0 || level.length > 1);
      set("untie", level.length < 2);
    }
  }
  function changed() {
    form.dataset.dirty = "";
    store.put(draftKey(form.dataset.round), { levels, silent, unsorted });
    draw();
  }
  function say(letter) {
    const index = levelOf(letter);
    const text = index >= 0 ? form.dataset.moved : silent.includes(letter) ? form.dataset.silent : form.dataset.removed;
    $("#said").textContent = fill(text, { letter, place: placeOf(Math.max(index, 0)), all: levels.flat().length });
  }

  function pressed(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const item = button.closest("[data-letter]");
    act(item.dataset.letter, button.dataset.do, item);
  }
  function act(letter, deed, item) {
    const from = item.dataset.list, next = item.nextElementSibling ?? item.previousElementSibling;
    deeds[deed](letter, item);
    $("details.more", item)?.removeAttribute("open");
    changed();
    say(letter);
    // The focus stays where the work is: on the next card to sort, or with the card that moved.
    const wanted = item.dataset.list === from ? $(`[data-do=${deed}]:not(:disabled)`, item) ?? $("[data-do=up]:not(:disabled), [data-do=down]:not(:disabled)", item) : next && $("[data-do=add], [data-do=up]:not(:disabled), [data-do=remove]", next);
    const more = wanted?.closest("details");
    (more ? $("summary", more) : wanted ?? $("[value=review]", form)).focus();
  }

  /* ---- drag with mouse or finger, by the letter: an extra */
  function grab(event) {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    const item = grip.closest("[data-letter]");
    const letter = item.dataset.letter;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    item.classList.add("dragged");
    let target = null;
    const aim = (move) => {
      $$(".aim-before, .aim-after", form).forEach((one) => one.classList.remove("aim-before", "aim-after"));
      const under = document.elementFromPoint(move.clientX, move.clientY);
      const over = under?.closest("#ranked > li");
      target = null;
      if (over && over !== item) {
        const box = over.getBoundingClientRect();
        const after = move.clientY > box.top + box.height / 2;
        over.classList.add(after ? "aim-after" : "aim-before");
        target = { letter: over.dataset.letter, after };
      } else if (!over && under?.closest("section")?.contains($("#ranked", form))) target = { end: true };
      else if (under?.closest("section")?.contains($("#unsorted", form))) target = { out: true };
    };
    const drop = () => {
      grip.removeEventListener("pointermove", aim);
      $$(".aim-before, .aim-after", form).forEach((one) => one.classList.remove("aim-before", "aim-after"));
      item.classList.remove("dragged");
      if (!target) return;
      without(letter);
      if (target.out) unsorted.push(letter);
      else if (target.end) levels.push([letter]);
      else levels.splice(levelOf(target.letter) + (target.after ? 1 : 0), 0, [letter]);
      changed();
      say(letter);
    };
    grip.addEventListener("pointermove", aim);
    grip.addEventListener("lostpointercapture", drop, { once: true });
  }

  function restore() {
    const draft = store.get(draftKey(form.dataset.round));
    const known = (letters) => Array.isArray(letters) && letters.every((letter) => card(letter));
    if (!draft || !known(draft.levels?.flat()) || !known(draft.silent) || !known(draft.unsorted)) return;
    if (draft.levels.flat().length + draft.silent.length + draft.unsorted.length !== $$("[data-letter]", form).length) return;
    ({ levels, silent, unsorted } = draft);
    form.dataset.dirty = "";
  }

  function begin() {
    store.dropOthers();
    const saved = $("#saved");
    if (saved) store.drop(draftKey(saved.dataset.round));
    const found = $("form#ballot");
    if (!found || found === form) return;
    form = found;
    if (form.hasAttribute("data-review")) { form.dataset.dirty = ""; return; }
    read();
    restore();
    draw();
    form.addEventListener("click", pressed);
    form.addEventListener("pointerdown", grab);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") $$("details.more[open]", form).forEach((more) => { more.open = false; $("summary", more).focus(); });
      if (event.key === "Enter" && event.target.matches("[data-goto]")) { event.preventDefault(); act(event.target.closest("[data-letter]").dataset.letter, "goto", event.target.closest("[data-letter]")); }
    });
  }
  document.addEventListener("click", (event) => $$("details.more[open]").forEach((more) => { if (!more.contains(event.target)) more.open = false; }));

  /* ---- while somebody votes, only the announcement changes; nothing jumps in the ballot */
  document.addEventListener("werkstatt:pulse", (event) => {
    const bar = $("#deadline");
    if (!bar) return;
    const until = event.detail.deadline;
    bar.hidden = !until;
    if (until) $("[data-until]", bar).dataset.until = until;
  });
  const roundOn = (root) => ($("form#ballot", root) ?? $("#saved", root))?.dataset.round;
  document.addEventListener("werkstatt:step", (event) => {
    if (!roundOn(document)) return;
    event.preventDefault();
    look();
  });
  /* Is the round still there? If not, whoever has nothing unsent goes on; all others are told, and keep their order. */
  async function look() {
    const here = $("form#ballot") ?? $("#saved");
    try {
      const page = new DOMParser().parseFromString(await (await fetch(here.dataset.step, { cache: "no-store" })).text(), "text/html");
      if (roundOn(page) === here.dataset.round) return;
      const closed = $("#closed", page) !== null;
      if (!("dirty" in here.dataset) || ("over" in here.dataset && !closed)) { here.dataset.sending = ""; location.assign(here.dataset.step); return; }
      const why = $("#page .status.bad:not(#alert)", page)?.textContent.trim() ?? $("h1", page)?.textContent.trim() ?? "";
      alertUser(closed ? here.dataset.closed ?? why : why);
      $("#page h1").textContent = $("h1", page)?.textContent.trim() ?? "";
      for (const past of ["#ballot-status", "#deadline"]) $(past)?.setAttribute("hidden", "");
      offer(word("refresh"), here.dataset.step);
      if (closed) here.dataset.over = "";
      $$("button[name=step]", here).forEach((button) => { button.disabled = true; });
    } catch { /* the pulse says that the connection is lost, and asks again */ }
  }
  window.addEventListener("beforeunload", (event) => { if (form?.isConnected && "dirty" in form.dataset && !("sending" in form.dataset) && !("over" in form.dataset)) event.preventDefault(); });
  document.addEventListener("submit", (event) => { if (event.target.id === "ballot" || event.target.hasAttribute("data-clears")) (form ?? event.target).dataset.sending = ""; });
  for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(failed, () => { if (form) delete form.dataset.sending; });

  /* ---- "wir senden sie weiter": what had no answer goes out again with the first pulse that comes; twice is once */
  let pressedLast = null, unanswered = null;
  document.addEventListener("submit", (event) => { if (event.target.id === "ballot") { pressedLast = event.submitter; unanswered = null; } });
  for (const failed of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(failed, (event) => { if (event.target.id === "ballot") unanswered = pressedLast; });
  document.addEventListener("werkstatt:pulse", () => {
    const button = unanswered;
    unanswered = null;
    if (button?.isConnected && !button.disabled) button.form.requestSubmit(button);
  });
  document.addEventListener("werkstatt:page", begin);
  begin();
})();
