/* The form for the best settings: the limit follows the figure that is chosen.
 *
 *   <select data-fills="ID of the field"><option data-today="TEXT">
 *   What somebody has typed stays; only today's value of the figure before is replaced.
 */
"use strict";

function fill(select) {
  const field = document.getElementById(select.dataset.fills);
  const today = () => (select.selectedOptions[0] || select.options[0]).dataset.today || "";
  let before = today();
  select.addEventListener("change", () => {
    if (field.value.trim() === before || field.value.trim() === "") {
      field.value = today();
    }
    before = today();
  });
}

document.querySelectorAll("select[data-fills]").forEach(fill);
