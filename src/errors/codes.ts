/**
 * What each code means outside the process: the HTTP status that the server answers with and the exit status of the command.
 *
 * Exit statuses: 1 a bug or an unclassified failure, 2 wrong input, 3 refused by policy, 4 not found, 5 a service or registry that
 * does not answer, 6 waited too long or was cancelled.
 */
interface CodeFacts {
  readonly httpStatus: number;
  readonly exitCode: number;
  /** What to do when the place of the failure has nothing better to say. */
  readonly hint: string;
}

const input = (hint: string): CodeFacts => ({ httpStatus: 400, exitCode: 2, hint });
const policy = (hint: string): CodeFacts => ({ httpStatus: 409, exitCode: 3, hint });
const missing = (hint: string): CodeFacts => ({ httpStatus: 404, exitCode: 4, hint });
const down = (hint: string): CodeFacts => ({ httpStatus: 503, exitCode: 5, hint });
const waited = (hint: string): CodeFacts => ({ httpStatus: 504, exitCode: 6, hint });

/** The one table code -> HTTP status, exit status, default hint. Codes are stable: they may be added, never renamed. */
export const ERROR_CODES = {
  // Wrong input, refused before any I/O.
  invalid_config: input("Correct the named field of the agent's configuration."),
  unknown_field: input("Remove the field, or put what the service should get unchanged under `definition`."),
  invalid_name: input(
    "Use 1 to 63 letters, digits, `_`, `-`, `.` or spaces, beginning and ending with a letter or digit.",
  ),
  model_missing: input("Pass `model`, or set FOUNDRY_MODEL_NAME."),
  invalid_option: input("Correct the named option."),
  endpoint_missing: input("Set FOUNDRY_PROJECT_ENDPOINT, or start a local service with `npx tenure emulator`."),
  invalid_endpoint: input("Pass the project's endpoint: https://ACCOUNT.services.ai.azure.com/api/projects/PROJECT."),
  endpoint_not_project: input("Pass the project's endpoint, which ends in /api/projects/PROJECT."),
  endpoint_trailing_slash: input("Remove the slash at the end of the endpoint."),
  invalid_data: input("Correct the file at the named line."),
  fleet_invalid: input("Correct the fleet file at the named line and column."),
  unsupported_runtime: { httpStatus: 500, exitCode: 1, hint: "Install Node 22.13 or newer." },
  package_missing: { httpStatus: 500, exitCode: 1, hint: "Install the named package." },

  // Refused by a rule of Tenure or of the caller.
  name_collision: policy("Rename one of the two agents: the service cannot tell their names apart."),
  scope_conflict: policy("Use another agent name, or the scope that owns the agent."),
  agent_unmanaged: policy('Choose another name, or pass `unmanaged: "adopt"` or `"take-over"`.'),
  change_forbidden: policy('Apply the change through the fleet, or allow it with `onChange: "update"`.'),
  agent_drifted: policy("Look at the difference, then adopt or revert it."),
  agent_protected: policy(
    "Take the protection away first: `tenure revisions protect NAME --off`, or manager.unprotect(name).",
  ),
  alias_conflict: policy("Read the alias again: somebody else moved it."),
  plan_stale: policy("Make a new plan: what it was based on has changed."),
  cleanup_stopped: policy("Look at the reason, then raise the limit or correct the policy."),
  session_conflict: policy("Use the session with the agent and scope that it belongs to."),
  session_busy: policy("Wait for the other run of this session, or use another session."),
  threshold_missed: policy("Look at the answers that scored low, or lower the threshold."),
  budget_exceeded: { httpStatus: 429, exitCode: 3, hint: "Wait for the window to reset, or raise the budget." },

  // Not there.
  agent_not_found: missing("Create it with getOrCreateAgent; `tenure agents list` shows what there is."),
  revision_not_found: missing("See what there is: `tenure revisions list NAME`, or manager.revisions(name)."),
  session_not_found: missing("List the agent's sessions."),
  alias_not_found: missing("See what there is: `tenure alias list NAME`, or manager.listAliases(name)."),
  wrong_endpoint: missing("Check the endpoint: the service does not know this project or API version."),

  // The service.
  unauthorized: {
    httpStatus: 401,
    exitCode: 5,
    hint: "Sign in again: the token is missing, expired or for another audience than https://ai.azure.com.",
  },
  forbidden: { httpStatus: 403, exitCode: 5, hint: "Give the identity the role Foundry User on the project." },
  service_refused: { httpStatus: 422, exitCode: 5, hint: "Correct what the service's message names." },
  service_conflict: {
    httpStatus: 409,
    exitCode: 5,
    hint: "Try again: somebody else changed the agent at the same time.",
  },
  service_throttled: { httpStatus: 429, exitCode: 5, hint: "Try again later, or ask for more quota." },
  service_unavailable: down("Try again: the service did not give a usable answer. Nothing was repeated blindly."),
  service_protocol: {
    httpStatus: 502,
    exitCode: 5,
    hint: "Report this: the service answered something that this version does not understand.",
  },
  version_limit: {
    httpStatus: 409,
    exitCode: 5,
    hint: "Delete old versions of the agent: the service keeps at most 1000.",
  },

  // The registry.
  registry_unavailable: down("Check that the registry can be reached."),
  registry_busy: down("Try again: other processes kept the registry busy."),
  registry_full: down("Free space where the registry is stored."),
  registry_not_a_file: input("Pass the path of a file, not of a directory."),
  registry_read_only: input("Make the registry's file and folder writable."),
  registry_not_a_database: input("Pass the path of a Tenure registry, or of a file that does not exist yet."),
  registry_schema_newer: input("Install a newer Tenure: the registry was written by one."),
  lease_lost: { httpStatus: 409, exitCode: 5, hint: "Try again: another process has taken over." },

  // Waiting.
  timeout: waited("Try again, or allow more time."),
  aborted: { httpStatus: 499, exitCode: 6, hint: "The caller cancelled." },
  closed: { httpStatus: 503, exitCode: 1, hint: "Make a new one: this one was closed." },

  // Runs.
  run_failed: { httpStatus: 502, exitCode: 5, hint: "Look at the message of the service." },
  run_incomplete: { httpStatus: 502, exitCode: 5, hint: "Allow more output tokens, or ask for less." },
  content_filtered: { httpStatus: 422, exitCode: 3, hint: "Rephrase the input, or adapt the content filter." },
  tool_failed: { httpStatus: 500, exitCode: 1, hint: "Look at the cause: the handler of the tool threw." },
  tool_timeout: { httpStatus: 504, exitCode: 6, hint: "Make the tool's handler faster, or raise `toolTimeoutMs`." },
  tool_loop: {
    httpStatus: 502,
    exitCode: 5,
    hint: "Raise `maxToolRounds`, or correct the instructions: the model kept calling tools.",
  },
  output_invalid: {
    httpStatus: 502,
    exitCode: 5,
    hint: "The answer does not fit `responseFormat`: relax the schema or try again.",
  },
  evaluator_failed: { httpStatus: 500, exitCode: 1, hint: "Look at the cause: the evaluator threw or gave no number." },

  internal: { httpStatus: 500, exitCode: 1, hint: "Report this: it is a bug in Tenure." },
} as const satisfies Record<string, CodeFacts>;

/** Every code that a `TenureError` can carry. */
export type TenureErrorCode = keyof typeof ERROR_CODES;
