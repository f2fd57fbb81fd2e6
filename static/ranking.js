/* The ranking with buttons, keys and drag. The form below it is the truth: every change writes the
   place fields, so that sending works with or without this script. */
"use strict";
(() => {
  const { $, $$, fill, draft } = window.werkstatt;
  let form = null;
  let levels = []; // letters of each level, best first
  let silent = []; // letters without an opinion
  let unsorted = []; // letters still to be placed, in the person's own order
  const card = (letter) => $(`[data-letter="${CSS.escape(letter)}"]`, form);

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
    draft.keep(form, { levels, silent, unsorted });
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

  function begin() {
    const found = $("form#ballot");
    if (!found || found === form || found.hasAttribute("data-review")) return;
    form = found;
    read();
    const unsent = draft.find(form);
    if (unsent) {
      ({ levels, silent, unsorted } = unsent);
      changed();
    } else draw();
    form.addEventListener("click", pressed);
    form.addEventListener("pointerdown", grab);
    form.addEventListener("submit", () => draft.keep(form, { levels, silent, unsorted }));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") $$("details.more[open]", form).forEach((more) => { more.open = false; $("summary", more).focus(); });
      if (event.key === "Enter" && event.target.matches("[data-goto]")) { event.preventDefault(); act(event.target.closest("[data-letter]").dataset.letter, "goto", event.target.closest("[data-letter]")); }
    });
  }
  document.addEventListener("click", (event) => $$("details.more[open]").forEach((more) => { if (!more.contains(event.target)) more.open = false; }));
  document.addEventListener("werkstatt:page", begin);
  begin();
})();
