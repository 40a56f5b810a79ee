#!/usr/bin/env -S node --
// "--" because Node takes an `--env-file` for itself wherever it stands before one, also behind the script's name.
// Old syntax on purpose: an old Node must be able to read this file in order to say that it is too old.
"use strict";

var version = process.versions.node.split(".").map(Number);

if (version[0] < 22 || (version[0] === 22 && version[1] < 13)) {
  console.error("tenure needs Node 22.13 or newer; this is Node " + process.versions.node + ".");
  process.exit(1);
}

import("../dist/cli/main.js")
  .then(function (cli) {
    return cli.main(process.argv.slice(2));
  })
  .then(
    function (exitCode) {
      process.exitCode = exitCode;
    },
    function (error) {
      console.error(error);
      process.exitCode = 1;
    },
  );
