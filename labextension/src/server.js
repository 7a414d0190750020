// Questions to kerasnb's half in Jupyter's server.
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

const SILENT =
  "kerasnb's part of the Jupyter server does not answer. Restart JupyterLab; " +
  "'jupyter server extension list' should show kerasnb.lab.";

// ask("card", { query: { path } }) or ask("open", { body: {...} }): the answer, or an error in words.
export async function ask(name, { query, body } = {}) {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, "kerasnb", name) + (query ? URLExt.objectToQueryString(query) : "");
  const request = body ? { method: "POST", body: JSON.stringify(body) } : {};
  let response;
  try {
    response = await ServerConnection.makeRequest(url, request, settings);
  } catch {
    throw new Error("The Jupyter server does not answer. Is it still running?");
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    // no JSON: somebody else answered
  }
  if (!response.ok || answer === null) {
    const said = answer?.reason || answer?.message;
    throw new Error(said && !(response.status === 404 && said === "Not Found") ? said : SILENT);
  }
  return answer;
}
