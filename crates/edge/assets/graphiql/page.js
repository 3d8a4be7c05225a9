// Shows GraphiQL for this server. Credentials go into its headers editor: {"Authorization": "Bearer …"}.
(function () {
  "use strict";
  var fetcher = window.GraphiQL.createFetcher({ url: location.pathname });
  var editor = window.React.createElement(window.GraphiQL, {
    fetcher: fetcher,
    defaultEditorToolsVisibility: true,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
  });
  window.ReactDOM.createRoot(document.getElementById("graphiql")).render(editor);
})();
