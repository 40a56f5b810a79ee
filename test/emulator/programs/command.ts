import { Command } from "commander";
import { emulatorCommand } from "../../../src/cli/commands/emulator.ts";

await new Command("tenure").addCommand(emulatorCommand()).parseAsync();
