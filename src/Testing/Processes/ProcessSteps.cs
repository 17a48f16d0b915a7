namespace Orderly.Testing;

/// <summary>The steps of a process that are seen by others, at one of which it may die.</summary>
/// <param name="end">The step, from 0, instead of which it dies; null: it lives.</param>
internal sealed class ProcessSteps(int? end = null)
{
    private int? _end = end;

    /// <summary>What the steps were.</summary>
    public List<string> Taken { get; } = [];

    /// <summary>Whether it has died: then it can do nothing any more.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Whether steps are counted: not where a test does something itself.</summary>
    public bool IsCounting { get; set; }

    /// <exception cref="ProcessDiedException">It dies here, or has died before.</exception>
    public void Take(string step)
    {
        if (!IsCounting)
        {
            return;
        }

        IsDead |= Taken.Count == _end;
        if (IsDead)
        {
            throw new ProcessDiedException(step);
        }

        Taken.Add(step);
    }

    /// <summary>It is started again, and lives.</summary>
    public void Revive() => (IsDead, _end) = (false, null);
}

/// <summary>A process has died, as a test wanted it.</summary>
internal sealed class ProcessDiedException(string step) : Exception($"The process died {step}.");
