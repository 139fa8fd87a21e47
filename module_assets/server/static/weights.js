// A slider beside each weight, which shows the list anew when it is let go. What it does is what the
// number and the button do, so that nothing can be done here that can not be done without.
"use strict";

const FOCUS = "weight";
const form = document.getElementById("choose");

function withSlider(number) {
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: number.min, max: number.max, step: 0.5 });
  slider.value = number.value;
  slider.setAttribute("aria-label", `${number.labels[0].textContent}, as a slider`);
  slider.addEventListener("input", () => { number.value = slider.value; });
  slider.addEventListener("change", () => {
    sessionStorage.setItem(FOCUS, number.id);
    form.requestSubmit();
  });
  number.addEventListener("input", () => { slider.value = number.value; });
  number.after(slider);
  // Whoever moved it goes on with it on the new page.
  if (sessionStorage.getItem(FOCUS) === number.id) {
    number.closest("details").open = true;
    slider.focus();
  }
}

if (form) {
  form.querySelectorAll(".slider input[type=number]").forEach(withSlider);
  sessionStorage.removeItem(FOCUS);
}
