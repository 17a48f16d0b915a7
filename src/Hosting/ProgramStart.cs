using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using SQLitePCL;

namespace Orderly.Hosting;

/// <summary>A program can't start. The message says why, and what to do about it.</summary>
public sealed class StartFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// How API and worker start: what an operator can mend ends them with one line on the error stream and exit code 1. Anything else is a
/// mistake in the program, which ends it with its stack.
/// </summary>
public static class ProgramStart
{
    /// <summary>Reads settings, or builds what they say.</summary>
    /// <exception cref="StartFailedException">A settings file or a setting can't be read.</exception>
    public static T Build<T>(Func<T> build)
    {
        try
        {
            return build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or InvalidOperationException)
        {
            var cause = e.GetBaseException();
            throw new StartFailedException($"The settings can't be read. {e.Message}{(cause == e ? "" : $" {cause.Message}")}", e);
        }
    }

    /// <summary>
    /// Opens the embedded stores before anything runs, which would wait for a file that can't be read. A server is not asked: it is waited
    /// for.
    /// </summary>
    /// <exception cref="EventStoreUnavailableException">The log can't be opened.</exception>
    /// <exception cref="ViewStoreUnavailableException">The views can't be opened.</exception>
    /// <exception cref="ViewStoreUnusableException">Another version of the program made the views.</exception>
    /// <exception cref="StartFailedException">Another version of the program made the log.</exception>
    public static async Task OpenStoresAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<OrderlyOptions>();
        if (options.EventStore == OrderlyOptions.Sqlite)
        {
            await services.GetRequiredService<IEventStore>().ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        }

        if (options.Views == OrderlyOptions.Sqlite)
        {
            await services.GetRequiredService<IViewStore>().ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The line for what an operator can mend; null for anything else.</summary>
    public static string? FaultOf(Exception e) => e switch
    {
        AggregateException { InnerExceptions: var all } when all.All(one => FaultOf(one) is not null)
            => string.Join(' ', all.Select(FaultOf)),
        EventStoreUnavailableException => OneLine($"{e.Message}{AdviceFor(e.InnerException, OrderlyServices.EventsFile)}"),
        ViewStoreUnavailableException => OneLine($"{e.Message}{AdviceFor(e.InnerException, OrderlyServices.ViewsFile)}"),
        StartFailedException or OptionsValidationException or ViewStoreUnusableException or IncompleteException => OneLine(e.Message),
        _ => null,
    };

    /// <param name="fault">What kept an embedded store from its file.</param>
    private static string AdviceFor(Exception? fault, string file) => fault switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT } when file == OrderlyServices.ViewsFile
            => $" The file '{file}' in Orderly:DataDirectory is damaged: restore it from a backup; or, where only a view can't be read, "
                + "build that anew with 'worker replay NAME' (docs/running.md).",
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB }
            => $" The file '{file}' in Orderly:DataDirectory is damaged: restore it from a backup (docs/running.md).",

        // A file that is gone is told with what to do.
        FileNotFoundException => "",
        SqliteException { SqliteErrorCode: raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM } or IOException
            or UnauthorizedAccessException
            => " Orderly:DataDirectory must name a folder that this program can make, and can write to.",
        _ => "",
    };

    private static string OneLine(string text)
        => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
