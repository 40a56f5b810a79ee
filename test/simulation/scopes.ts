/** The scope of most processes of a run. */
export const SCOPE = "ours";
/** Of some, and where agents are transferred to. */
export const OTHER_SCOPE = "theirs";
/** Of nobody in the run. */
export const ABSENT_SCOPE = "elsewhere";
