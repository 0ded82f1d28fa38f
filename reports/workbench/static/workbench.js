/* Adds to pages that work without it: live states of jobs, read-outs of sliders, dropped files.
 *
 *   <section data-job="/jobs/ID/events" data-reload="round over">
 *     <span data-field="state">, data-field="message", "step", "round" ... show those fields;
 *     <progress data-field="share" max="1"> follows the share.
 *   The page is loaded anew when a round ("round") or the job ("over") ends, if it asks for it.
 *   What somebody has typed into it stays: then a button says that there is more to see.
 *
 *   <input type="range" data-mirror="ID of the number field">
 *   <div data-baseline="TEXT"> around a field: has the class "moved" while the field differs
 *   <span data-moved="# moved"> shows how many of them do, within its <details> or form
 *   <label class="drop" data-drop><input type="file"></label>
 *   <form data-once>: its buttons are switched off once it is sent
 *   <select data-submit>: sends its form when it changes
 *   Escape closes a definition, and leads back from a list of cases below a map.
 */
"use strict";

const FOCUS = `focus ${window.location.pathname}`;

function loadAnew() {
  const here = document.activeElement;
  const forms = [...document.querySelectorAll("main form")];
  if (forms.some((form) => form.dataset.touched)) {
    offerToLoad();
    return;
  }
  // Whoever works with the keyboard goes on where they were.
  if (here && here.id) {
    window.sessionStorage.setItem(FOCUS, here.id);
  }
  window.location.reload();
}

function offerToLoad() {
  const place = document.querySelector("[data-job]");
  if (!place || place.querySelector("[data-anew]")) {
    return;
  }
  const told = document.createElement("p");
  told.setAttribute("role", "status");
  place.append(told);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.dataset.anew = "";
  button.textContent = "Show them";
  button.addEventListener("click", () => window.location.reload());
  told.append("There are new results; what you entered on this page would be lost. ", button);
}

function restoreFocus() {
  const id = window.sessionStorage.getItem(FOCUS);
  window.sessionStorage.removeItem(FOCUS);
  const place = id && document.getElementById(id);
  if (place) {
    place.focus({ preventScroll: true });
  }
}

function watchJob(section) {
  const wishes = (section.dataset.reload || "over").split(" ");
  let round = null;
  const source = new EventSource(section.dataset.job);
  source.addEventListener("state", (event) => {
    const job = JSON.parse(event.data);
    for (const place of section.querySelectorAll("[data-field]")) {
      const value = job[place.dataset.field];
      if (place.tagName === "PROGRESS") {
        place.value = value;
      } else if (place.textContent !== String(value)) {
        place.textContent = value;
      }
    }
    section.dataset.state = job.state;
    const turned = round !== null && job.round !== round;
    round = job.round;
    if (job.over) {
      source.close();
    }
    const ended = job.over && section.dataset.shown !== "over";
    if ((ended && wishes.includes("over")) || (turned && wishes.includes("round"))) {
      source.close();
      loadAnew();
    }
  });
  window.addEventListener("pagehide", () => source.close());
}

function mirror(slider) {
  const number = document.getElementById(slider.dataset.mirror);
  if (!number) {
    return;
  }
  slider.addEventListener("input", () => {
    number.value = slider.value;
    number.dispatchEvent(new Event("change", { bubbles: true }));
  });
  number.addEventListener("input", () => {
    slider.value = number.value;
  });
}

function differs(lever) {
  const field = lever.querySelector("[name]");
  const now = field.value.trim();
  const was = lever.dataset.baseline;
  return now !== was && (now === "" || Number.isNaN(Number(now)) || Number(now) !== Number(was));
}

function countMoved() {
  for (const lever of document.querySelectorAll("[data-baseline]")) {
    lever.classList.toggle("moved", differs(lever));
  }
  for (const place of document.querySelectorAll("[data-moved]")) {
    const count = place.closest("details, form").querySelectorAll(".moved").length;
    place.textContent = count ? place.dataset.moved.replace("#", count) : "";
  }
}

function dropZone(zone) {
  const input = zone.querySelector("input[type=file]");
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

function once(form) {
  form.addEventListener("submit", () => {
    // After the browser has read the form: a disabled button would not send its value.
    window.setTimeout(() => {
      for (const button of form.querySelectorAll("button[type=submit]")) {
        button.disabled = true;
      }
    });
  });
  window.addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.disabled = false;
    }
  });
}

document.querySelectorAll("[data-job]").forEach(watchJob);
document.querySelectorAll("input[type=range][data-mirror]").forEach(mirror);
document.querySelectorAll("[data-drop]").forEach(dropZone);
document.querySelectorAll("form[data-once]").forEach(once);
document.querySelectorAll("select[data-submit]").forEach((select) =>
  select.addEventListener("change", () => select.form.requestSubmit()),
);
if (document.querySelector("[data-baseline]")) {
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, countMoved);
  }
}
document.addEventListener("input", (event) => {
  const form = event.target.closest("main form");
  if (form) {
    form.dataset.touched = "yes";
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") {
    return;
  }
  const term = document.querySelector(".term:focus, .term:hover");
  const list = document.querySelector(".cases:target");
  if (term) {
    term.classList.add("closed");
    const again = () => term.classList.remove("closed");
    term.addEventListener("blur", again, { once: true });
    term.addEventListener("pointerleave", again, { once: true });
  } else if (list) {
    const opener = document.querySelector(`a[href="#${CSS.escape(list.id)}"]`);
    window.location.hash = list.querySelector("a[href^='#']").hash;
    if (opener) {
      opener.focus();
    }
  }
});
restoreFocus();
const wrong = document.querySelector(".problems[tabindex]");
if (wrong) {
  wrong.focus();
}
