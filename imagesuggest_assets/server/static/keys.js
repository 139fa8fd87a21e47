// Keys for who judges many: heard only while a suggestion has the focus. Each does what a button
// of the page does, so that nothing can be done here that can not be done without.
"use strict";

const cards = [...document.querySelectorAll(".card")];
const end = document.getElementById("end");
const reasons = (card) => [...card.querySelectorAll(".reject input[name=reasons]")];

function go(card, step) {
  const there = cards[cards.indexOf(card) + step] ?? (step > 0 ? end : undefined);
  there?.focus();
  there?.scrollIntoView({ block: "nearest" });
}

function showReasons(card, shown) {
  const panel = card.querySelector(".reject");
  if (panel) panel.open = shown;
}

function choose(card, number) {
  const box = reasons(card)[number - 1];
  if (!box) return;
  showReasons(card, true);
  box.click();
  box.focus();
}

function click(card, what) {
  card.querySelector(what)?.click();
}

// Browsers tell whoever sends no reason, and do not send.
function needReasons(card) {
  const boxes = reasons(card);
  const missing = boxes.some((box) => box.checked) ? "" : "Choose one reason or more.";
  boxes[0]?.setCustomValidity(missing);
}

const keys = {
  f: (card) => click(card, "button[value=fits]"),
  u: (card) => click(card, "button[value=used]"),
  s: (card) => click(card, "button[value=skip]"),
  o: (card) => click(card, "a.article"),
  b: () => document.querySelector("a.back")?.click(),
  j: (card) => go(card, 1),
  k: (card) => go(card, -1),
  r: (card) => {
    showReasons(card, true);
    reasons(card)[0]?.focus();
  },
  Escape: (card) => {
    showReasons(card, false);
    card.focus();
  },
};

document.addEventListener("keydown", (event) => {
  const card = event.target.closest(".card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Enter" && event.target.matches("input[type=checkbox]")) click(card, ".rejects");
  else if (/^[1-7]$/.test(event.key)) choose(card, Number(event.key));
  else if (keys[event.key]) keys[event.key](card);
  else return;
  event.preventDefault();
});

for (const card of cards) {
  needReasons(card);
  card.addEventListener("change", () => needReasons(card));
}

// Whoever comes back from a judgement goes on where it led; a page begins with what is not judged.
const target = location.hash ? document.getElementById(location.hash.slice(1)) : undefined;
const first = cards.find((card) => !card.matches(".judged")) ?? cards[0];
(target ?? first)?.focus();
