// Shows the API as the holder of a key sees it: the key goes with the request for the document and with every try.
// It is kept for this tab only.
(function () {
  "use strict";
  var input = document.getElementById("key");
  input.value = sessionStorage.getItem("backstay.key") || "";

  function show() {
    window.ui = window.SwaggerUIBundle({
      url: "/openapi.json",
      dom_id: "#swagger-ui",
      deepLinking: true,
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      filter: true,
      tryItOutEnabled: true,
      validatorUrl: null,
      // Patterns describe the common forms of a query; the server knows all of them and says what is wrong.
      plugins: [{ statePlugins: { spec: { wrapSelectors: { validateBeforeExecute: function () { return function () { return true; }; } } } } }],
      presets: [window.SwaggerUIBundle.presets.apis],
      requestInterceptor: function (request) {
        var key = input.value.trim();
        if (key && new URL(request.url, location.href).origin === location.origin) {
          request.headers.apikey = key;
          if (!request.headers.Authorization) request.headers.Authorization = "Bearer " + key;
        }
        return request;
      },
    });
  }

  document.getElementById("caller").addEventListener("submit", function (event) {
    event.preventDefault();
    sessionStorage.setItem("backstay.key", input.value.trim());
    show();
  });
  show();
})();
