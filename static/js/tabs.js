// On a narrow screen a row of tabs scrolls: the page that is open begins in sight.
for (const tab of document.querySelectorAll(":is(.ms-tabs, .nav-tabs) [aria-current]")) {
  const row = tab.closest(".ms-tabs, .nav-tabs");
  const beyond = tab.getBoundingClientRect().right - row.getBoundingClientRect().right;
  const before = tab.getBoundingClientRect().left - row.getBoundingClientRect().left;
  // Half the next tab stays visible: it says that there is more.
  if (beyond > 0) row.scrollLeft += beyond + 48;
  else if (before < 0) row.scrollLeft += before - 48;
}
