/** The application's own scheme: the built renderer's files, and nothing else. */
import { protocol } from "electron";
import { readAsset } from "../../server/assets.ts";
import { securityHeaders } from "../../server/policy.ts";
import { isOwnPage, SCHEME } from "./policies.ts";

/** Must run before Electron is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

/** @param root folder of the built renderer */
export const serveScheme = (root: string): void =>
  protocol.handle(SCHEME, (request) => answerRequest(root, request));

export async function answerRequest(
  root: string,
  { method, url }: { method: string; url: string },
): Promise<Response> {
  const ours = method === "GET" && isOwnPage(url);
  const asset = ours ? await readAsset(root, new URL(url).pathname) : null;
  if (asset === null) return new Response("Not found", { status: 404, headers: securityHeaders() });
  return new Response(new Uint8Array(asset.body), {
    headers: { ...securityHeaders(), "Content-Type": asset.type, "Cache-Control": asset.cache },
  });
}
