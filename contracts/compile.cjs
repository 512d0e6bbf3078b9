// Compiles what comes on standard input (Solidity standard JSON) with the npm compiler; its output goes to standard
// output.
// Usage: node compile.cjs <node_modules>. Imports of packages are read from there; nothing is downloaded.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const modules = path.resolve(process.argv[2]);
const solc = require(path.join(modules, 'solc'));

function read(name) {
  const file = path.join(modules, name);
  return fs.existsSync(file) ? { contents: fs.readFileSync(file, 'utf8') } : { error: `no ${name} in the packages` };
}

process.stdout.write(solc.compile(fs.readFileSync(0, 'utf8'), { import: read }));
