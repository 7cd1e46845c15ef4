// Runs before the first paint: puts the chosen theme and language on the page so that nothing flashes.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('gochat.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    var language = localStorage.getItem('gochat.language');
    if (!language) language = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en';
    root.lang = language;
  } catch (error) {
    root.lang = 'en';
  }
})();
