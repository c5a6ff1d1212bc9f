/**
 * Every time limit of the workflows, in milliseconds. They stand together so that a test can bundle the workflows with
 * shorter ones (test/support/workflow-bundle.ts). What a service sets for itself (health checks, its stop, its build) is in
 * its settings.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Limits of a call: `attemptMs` is one attempt, from its start; `wholeMs` all attempts, with the waits between them;
 * `pickUpMs` the time until a worker takes it. The kinds of calls are explained in activity-options.ts.
 */
export const TIMEOUTS = {
  /** Two heartbeats may be lost; after a kill -9 the work goes on elsewhere within this time. */
  heartbeatMs: 8 * SECOND,
  /** Waits between attempts double from the first to the longest. */
  retry: { firstMs: SECOND, longestMs: MINUTE, longestOfRecallMs: 15 * SECOND, longestOfTakeBackMs: 15 * SECOND },

  patientCall: { attemptMs: 2 * MINUTE, wholeMs: 12 * HOUR },
  patientRead: { attemptMs: 90 * SECOND },
  orderCall: { attemptMs: 30 * SECOND, wholeMs: 15 * MINUTE },
  orderRead: { attemptMs: 45 * SECOND },
  decisionCall: { attemptMs: 20 * SECOND, wholeMs: 30 * SECOND },
  recallCall: { attemptMs: 20 * SECOND },
  telling: { attemptMs: 30 * SECOND, wholeMs: DAY },
  upkeepCall: { attemptMs: 2 * MINUTE, wholeMs: 5 * MINUTE },
  lookOnHost: { pickUpMs: 15 * SECOND, attemptMs: 40 * SECOND },
  lookAtLive: { pickUpMs: 15 * SECOND, attemptMs: 2 * MINUTE },
  onHost: { pickUpMs: MINUTE },
  preparation: { attemptMs: 15 * MINUTE },
  proof: { attemptMs: 2 * MINUTE },
  takeBack: { attemptMs: 15 * MINUTE, wholeMs: 30 * MINUTE },
  mending: { wholeMs: DAY, longestRetryMs: 5 * MINUTE },
  tidying: { attemptMs: 5 * MINUTE },

  build: {
    /** The whole time in which a host may be busy with other builds. */
    claim: { attemptMs: 30 * MINUTE, wholeMs: HOUR },
    /** For a host that takes a build over: time for the one that went away to be started again, too. */
    claimAgainMs: 10 * MINUTE,
    /** Fetching the source, pushing the image. */
    networkMs: 10 * MINUTE,
    /** Beside the build's own limit: sending the context, committing the image. */
    engineMs: MINUTE,
  },

  deployment: {
    /** Beside the checks of a switch and the service's own stop: the engine's work. */
    engineMs: MINUTE,
    /** Around the release command's own time: pulling what is gone, and stopping what takes too long. */
    aroundReleaseCommandMs: 5 * MINUTE,
    /** Places are taken back one after the other, so that the others serve meanwhile; one that is away delays them by this much. */
    nextPlaceMs: 2 * MINUTE,
    /** Every deployment behind it waits as long. */
    longestPauseMs: HOUR,
  },

  release: {
    /** The time for which an environment is trusted to be there. */
    askAgainMs: DAY,
    /** Longer than any lock lasts. What is frozen or paused for longer is given up. */
    longestWaitDays: 31,
    /** Stopped work is undone by then. */
    stopMs: HOUR,
  },

  environment: {
    /** A failure that repeating does not mend: an update does. */
    recallAgainMs: MINUTE,
    /** The time in which the release of a shortened request has to answer: a worker that is away answers nothing. */
    wholeRequestMs: MINUTE,
    /** Between two tries to mend a place. */
    mendAgainMs: 10 * MINUTE,
    /** In events, not a time: a deployment's child costs a dozen; this keeps a run's history far below Temporal's warning. */
    renewalEvents: 4_000,
  },

  certificate: {
    /** An order takes seconds; a slow authority is asked again by the workflow. */
    order: { attemptMs: 3 * MINUTE, wholeMs: 10 * MINUTE },
    check: { attemptMs: MINUTE, wholeMs: 5 * MINUTE },
    /** The store hears of what is live beside the work. */
    unknownMs: 10 * SECOND,
    /** A place that does not serve the newest certificate: the schedule tries as well. */
    placeAgainMs: 5 * MINUTE,
    /** However long a certificate lasts. */
    longestWaitMs: 20 * DAY,
    /** Where nothing is to do but to look: own files, or ACME that is not set up. */
    lookAgainMs: DAY,
    /** After a failure; they double from the first to the longest. */
    elsewhere: { firstMs: MINUTE, longestMs: HOUR },
    unavailable: { firstMs: 2 * MINUTE, longestMs: 2 * HOUR },
    /** At the least, whatever the authority says; it says more where it wants more. */
    limited: { firstMs: HOUR, longestMs: 12 * HOUR },
    refused: { firstMs: HOUR, longestMs: 12 * HOUR },
    /** A deployment has a refused name tried again, and not more often than this. */
    leastMs: 15 * MINUTE,
    /** In events. */
    renewalEvents: 1_000,
  },

  /** A maintenance page at a place. */
  page: {
    pickUpMs: 15 * SECOND,
    attemptMs: MINUTE,
    /** Between two tries, each of which lasts a day from the second one on. */
    againMs: SECOND,
    tries: 31,
    /** The person who ordered it waits for the places, and a bit longer for the answer. */
    answerMs: 5 * SECOND,
    beforeDeploymentMs: 20 * SECOND,
  },

  preview: {
    /** The time that a person's request waits for the rules; from then on the comment on the pull request tells. */
    answerMs: 5 * SECOND,
    /** Whoever waits for a slot has those who hold one looked at this often. */
    checkHoldersMs: 15 * MINUTE,
    /** In events: a push costs a few dozen. */
    renewalEvents: 1_500,
  },

  destroy: {
    /** From then on people hear that a host is away; it is waited for all the same. */
    pickUpMs: MINUTE,
    /** Between two tries to clear a place, each of which lasts a day from the second one on. */
    clearAgainMs: SECOND,
    /** How often, not a time: about a month. */
    tries: 31,
  },

  /** A worker that restarts again and again for another reason has a minute for it, in five attempts. */
  boundedReadPauseMs: 15 * SECOND,
  /** The time that the answer to a job of GitHub Actions waits for a comment that is under way. */
  jobCommentMs: 5 * SECOND,
  /** An order that is carried out later than this surprises whoever gave it. */
  liveAnswerMs: 15 * MINUTE,
  /** A command follows its release to the end: an approval may take two weeks, and a deployment a day. */
  followedReleaseMs: 16 * DAY,

  /**
   * The time that the end of a workflow, or of a step of it, waits until the store and GitHub know. Reports that are
   * not through by then are left to a `report`, or to the next run.
   */
  settle: {
    /** A person or a CI system waits for the answer meanwhile. */
    decisionsMs: 2 * SECOND,
    /** The next deployment of the environment waits meanwhile. */
    betweenDeploymentsMs: 5 * SECOND,
    endMs: 10 * SECOND,
    /** A new run begins without the reports that are not through, and only every few thousand events. */
    newRunMs: MINUTE,
    /** Nothing waits for it, and no other workflow says the last words of a command. */
    lastWordsMs: DAY,
  },
};

export type Timeouts = typeof TIMEOUTS;
