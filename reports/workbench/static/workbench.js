/* Adds to pages that work without it: live states of jobs, read-outs of sliders, dropped files.
 *
 *   <section data-job="/jobs/ID/events" data-reload="round over">
 *     <span data-field="state">, data-field="message", "step", "round" ... show those fields;
 *     <progress data-field="share" max="1"> follows the share.
 *   The page is loaded anew when a round ("round") or the job ("over") ends, if it asks for it.
 *
 *   <input type="range" data-mirror="ID of the number field">
 *   <label class="drop" data-drop><input type="file"></label>
 *   <form data-once>: its buttons are switched off once it is sent
 *   <select data-submit>: sends its form when it changes
 */
"use strict";

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
      window.location.reload();
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
