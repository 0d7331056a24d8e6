// Keyboard and forms. Everything works without it.
(function () {
  "use strict";

  // A form is sent once: pressing twice, or a slow network, never decides twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" && !form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.hasAttribute("data-stays")) return; // a download: the page stays
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  // Coming back with the browser's Back button, or after an answer that stays on the page, it may be sent again.
  function ready() {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  }
  window.addEventListener("pageshow", ready);
  document.addEventListener("htmx:afterRequest", ready);

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function items() { return Array.prototype.slice.call(document.querySelectorAll("[data-item]")); }

  function move(step) {
    var all = items();
    if (!all.length) return;
    var now = all.findIndex(function (each) { return each.contains(document.activeElement); });
    var next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + step));
    var link = all[next].querySelector("[data-open]");
    if (link) { link.focus(); all[next].scrollIntoView({ block: "nearest" }); }
  }

  function here(selector) {
    var item = document.activeElement && document.activeElement.closest("[data-item]");
    return item ? item.querySelector(selector) : null;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    var help = document.getElementById("keys");
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (help && help.open) return;
    var button;
    switch (event.key) {
      case "j": move(1); break;
      case "k": move(-1); break;
      case "c":
        button = here("[data-claim]");
        if (button) button.click();
        break;
      case "/":
        button = document.querySelector("[data-search]");
        if (button) { button.focus(); button.select(); }
        break;
      case "?":
        if (help) help.showModal();
        break;
      default: return;
    }
    event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    if (opener) { document.getElementById(opener.dataset.dialog).showModal(); }
    var all = event.target.closest("[data-choose-all]");
    if (all) {
      document.querySelectorAll("input[name=" + all.dataset.chooseAll + "]").forEach(function (box) { box.checked = all.checked; });
    }
  });
})();
