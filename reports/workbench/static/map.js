/* Sliders for the detail of a process map.
 *
 * A map comes with groups of radio buttons, and with rules of style that show what each choice
 * shows; they work without any script. Where there is one, the groups whose buttons say what they
 * show ("data-told") become sliders. A slider only chooses a button: what a step shows, and where,
 * is in the page already, so nothing is asked of the server.
 */
"use strict";

function sliderFor(group, number) {
  const buttons = [...group.querySelectorAll("label[data-told] input[type=radio]")];
  if (buttons.length < 2) {
    return null;
  }
  const row = document.createElement("div");
  row.className = "map-slider";
  const name = document.createElement("label");
  name.textContent = group.querySelector("legend").textContent;
  const slider = document.createElement("input");
  slider.type = "range";
  slider.id = `${buttons[0].name}-slider-${number}`;
  slider.min = 0;
  slider.max = buttons.length - 1;
  slider.step = 1;
  slider.autocomplete = "off";
  name.htmlFor = slider.id;
  const value = document.createElement("output");
  value.htmlFor = slider.id;
  // The slider says its value itself; once is enough.
  value.setAttribute("aria-live", "off");
  row.append(name, slider, value);

  function tell(chosen) {
    const text = buttons[chosen].parentElement.dataset.told;
    slider.setAttribute("aria-valuetext", text);
    value.textContent = text;
  }
  function follow() {
    const chosen = Math.max(0, buttons.findIndex((button) => button.checked));
    slider.value = chosen;
    tell(chosen);
  }
  slider.addEventListener("input", () => {
    const chosen = Number(slider.value);
    buttons[chosen].checked = true;
    tell(chosen);
  });
  follow();
  // A browser that comes back to a page may check other buttons than those it was sent with.
  window.addEventListener("pageshow", follow);
  return row;
}

function withSliders(map) {
  const sliders = document.createElement("div");
  sliders.className = "map-sliders";
  for (const [number, group] of map.querySelectorAll(".map-controls fieldset").entries()) {
    const row = sliderFor(group, number);
    if (row) {
      sliders.append(row);
      group.classList.add("by-slider");
    }
  }
  if (sliders.childElementCount) {
    // Outside: the map's own rules are about its buttons.
    map.before(sliders);
  }
}

// Without :has the map shows one choice only.
if (window.CSS && CSS.supports("selector(:has(*))")) {
  document.querySelectorAll(".map-choice").forEach(withSliders);
}
