using Microsoft.Extensions.DependencyInjection;
using Orderly.Processes.Email;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.Hosting;

/// <content>What the shop needs: e-mail, and queries that wait for an order.</content>
public static partial class OrderlyServices
{
    /// <summary>The folder of e-mails when there is no mail server, in the data directory.</summary>
    public const string EmailsFolder = "emails";

    static partial void AddDomain(IServiceCollection services)
        => services
            .AddSingleton(provider => provider.GetRequiredService<OrderlyOptions>().Email)
            .AddSingleton(CreateEmailSender)
            .AddSingleton<EmailDeliveries>()
            .AddSingleton(provider => new DocumentWaits<OrderDetails>(
                OrderDetails.View, provider.GetRequiredService<IViewReader>(), provider.GetRequiredService<ViewProgress>()));

    private static IEmailSender CreateEmailSender(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<EmailOptions>();
        return options.Smtp is { } smtp
            ? new SmtpEmailSender(smtp)
            : new FolderEmailSender(
                Path.GetFullPath(options.Folder ?? DataFile(provider, EmailsFolder)), provider.GetRequiredService<TimeProvider>());
    }
}
