// Most of the time a test waits for its programs, so more of them run than there are cores.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
