// Makes graphiql.js.gz, graphiql.css.gz and LICENSES.txt from the packages that npm has, by version and hash:
//   node vendor.mjs
// React, React DOM and GraphiQL go into one script. Fonts are left out: the page uses the system's.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const PACKAGES = [
  { name: "react", version: "18.3.1", sha256: "8d9bed01a672e7eaf387942d781ad47c6a43089a30a0306060f9fd5ac7870347", script: "umd/react.production.min.js" },
  { name: "react-dom", version: "18.3.1", sha256: "031d4427a99f2f3f6cac18bbbf308594a67e4f47d10f4896fdec446505b040e0", script: "umd/react-dom.production.min.js" },
  { name: "graphiql", version: "4.1.2", sha256: "6aa9cb6d82e656d38b72991264f41545889881e8dc23059199be3b94fff2ad05", script: "graphiql.min.js", style: "graphiql.min.css" },
];

const dir = mkdtempSync(join(tmpdir(), "graphiql-"));
const scripts = [];
const styles = [];
const licenses = [];
try {
  for (const { name, version, sha256, script, style } of PACKAGES) {
    execFileSync("npm", ["pack", `${name}@${version}`, "--silent"], { cwd: dir });
    const archive = join(dir, `${name}-${version}.tgz`);
    const found = createHash("sha256").update(readFileSync(archive)).digest("hex");
    if (found !== sha256) throw new Error(`${name}@${version} has the hash ${found}`);
    execFileSync("tar", ["xzf", archive, "-C", dir]);
    const read = (path) => readFileSync(join(dir, "package", path), "utf8");
    scripts.push(read(script).replace(/^\/\/# sourceMappingURL=.*$/m, ""));
    if (style) styles.push(read(style).replace(/@font-face\s*\{[^}]*\}/g, "").replace(/\/\*# sourceMappingURL=.*\*\//, ""));
    licenses.push(`${name} ${version}\n\n${read("LICENSE")}`);
    rmSync(join(dir, "package"), { recursive: true });
  }
} finally {
  rmSync(dir, { recursive: true });
}
const here = (path) => new URL(path, import.meta.url);
writeFileSync(here("graphiql.js.gz"), gzipSync(scripts.join("\n"), { level: 9 }));
writeFileSync(here("graphiql.css.gz"), gzipSync(styles.join("\n"), { level: 9 }));
writeFileSync(here("LICENSES.txt"), licenses.join("\n----\n\n"));
